"""What a long benchmark measured is kept for as long as nothing that it hangs on has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import kept as keeping
from bench.kept import forget, kept
from ladders.bjontegaard import RateScore

POINTS = (RateScore(1e6, 60.0), RateScore(2e6, 80.25))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(keeping, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(keeping, "version", lambda: "one")
    return tmp_path / "kept"


def never() -> tuple[RateScore, ...]:
    raise AssertionError("measured anew")


def test_what_was_asked_before_is_not_measured_again() -> None:
    assert kept(["clip", 30], tuple[RateScore, ...], lambda: POINTS) == POINTS
    assert kept(["clip", 30], tuple[RateScore, ...], never) == POINTS
    assert kept(["clip", 34], tuple[RateScore, ...], tuple) == ()


def test_another_version_measures_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    kept(["clip", 30], tuple[RateScore, ...], lambda: POINTS)
    monkeypatch.setattr(keeping, "version", lambda: "two")
    assert kept(["clip", 30], tuple[RateScore, ...], tuple) == ()


def test_what_was_cut_short_or_let_go_is_measured(here: Path) -> None:
    with pytest.raises(AssertionError):
        kept(["clip", 30], tuple[RateScore, ...], never)
    assert not list(here.glob("*.json"))
    kept(["clip", 30], tuple[RateScore, ...], lambda: POINTS)
    forget()
    assert kept(["clip", 30], tuple[RateScore, ...], tuple) == ()


def test_a_version_is_told_by_sources_and_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    first = keeping.version()
    assert first == keeping.version()
    monkeypatch.setattr(keeping, "SOURCES", ("farm",))
    keeping.version.cache_clear()
    assert keeping.version() != first
    keeping.version.cache_clear()
