"""Steps as rows of a timeline, for the pictures that pages draw of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.postgres.timeline import TimedStep

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return a time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def step(
    key: str,
    queued_s: float | None,
    started_s: float | None,
    finished_s: float | None,
    *,
    kind: str = "",
    state: str = "DONE",
    attempts: int = 1,
) -> TimedStep:
    """Return a step; times are seconds after the start."""
    times = [None if each is None else at(each) for each in (queued_s, started_s, finished_s)]
    ran = started_s is not None and finished_s is not None
    return TimedStep(
        key=key,
        kind=kind or key.partition(":")[0],
        label="",
        state=state,
        resource="cpu",
        cores=1.0,
        params={},
        worker="host-a:1",
        device=None,
        decoded_on=None,
        attempts=attempts,
        errors=0,
        lost_leases=0,
        reused=False,
        progress=1.0 if state == "DONE" else 0.0,
        queued_at=times[0],
        started_at=times[1],
        finished_at=times[2],
        not_before=None,
        wall_s=(finished_s or 0) - (started_s or 0) if ran else None,
        cpu_s=None,
        peak_rss_bytes=None,
        error=None,
    )
