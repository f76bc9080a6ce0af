"""Failpoints: a process dies where it was told to, and nowhere else."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from farm import failpoint


def test_a_process_dies_the_nth_time_it_gets_to_its_failpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda pid, number: killed.append((pid, number)))
    monkeypatch.setattr("os.getpid", lambda: 7)
    monkeypatch.setattr(failpoint, "_reached", Counter())
    failpoint.reached("wake.before")
    monkeypatch.setenv("REELFARM_FAILPOINT", "wake.before:2")
    for name in ("wake.before", "wake.after", "wake.before", "wake.before"):
        failpoint.reached(name)
    assert killed == [(7, signal.SIGKILL)]
    monkeypatch.setenv("REELFARM_FAILPOINT", "wake.after")
    failpoint.reached("wake.after")
    assert killed == [(7, signal.SIGKILL)] * 2
    with pytest.raises(ValueError, match="'nowhere' is not a failpoint"):
        failpoint.reached("nowhere")
