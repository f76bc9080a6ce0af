"""What to look at when a test fails: the outputs and logs of the programs it started.

A pytest plugin. Helpers that run programs `note` where their words are; the report of a test that
fails shows the end of each.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

TAIL_LINES = 40

_noted: dict[str, Callable[[], str]] = {}  # of the test that runs now


def note(title: str, read: Callable[[], str]) -> None:
    """Show the end of what `read` returns, under `title`, if the test that runs now fails."""
    _noted.pop(title, None)  # the latest one last
    _noted[title] = read


def note_log(log: Path) -> None:
    """Show the end of a log file if the test that runs now fails."""
    note(f"log {log}", lambda: log.read_text(errors="replace") if log.exists() else "no such file")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    _noted.clear()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        report.sections += [(title, _tail(read())) for title, read in _noted.items()]
    return report


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-TAIL_LINES:])
