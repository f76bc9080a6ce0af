"""A state as people see it, the same everywhere: glyph, word and colour."""

from __future__ import annotations

from dataclasses import dataclass

from farm.states import JobState, StepState


@dataclass(frozen=True, slots=True)
class ShownState:
    """How a state looks; `tone` names its colour in tokens.css.

    The glyph is drawn, since not every machine's fonts have each: `fill` and `stroke` are paths of
    14 x 14. Where only letters are possible, as on a tab, `glyph` stands for it.
    """

    glyph: str
    word: str
    tone: str
    fill: str = ""
    stroke: str = ""


_RING = "M7 2a5 5 0 1 0 .01 0z"
WAITING = ShownState("○", "waiting", "waiting", stroke=_RING)
RUNNING = ShownState("◐", "running", "running", fill="M7 2a5 5 0 0 0 0 10z", stroke=_RING)
DONE = ShownState("●", "done", "done", fill=_RING)
PUBLISHED = ShownState("●", "published", "done", fill=_RING)
PLANNED = ShownState("●", "planned", "done", fill=_RING)
REUSED = ShownState(
    "↻", "reused", "reused", fill="M9.2 4.4h3.6V.8z", stroke="M11.2 5.2A5 5 0 1 0 12 7.6"
)
RETRYING = ShownState(
    "⟲", "retrying", "retrying", fill="M4.8 4.4H1.2V.8z", stroke="M2.8 5.2A5 5 0 1 1 2 7.6"
)
PAUSED = ShownState("⏸", "paused", "paused", fill="M3 2h3v10H3zM8 2h3v10H8z")
NEEDS_A_PERSON = ShownState(
    "✋",
    "needs a person",
    "person",
    stroke="M3.5 9V4.2M5.8 7V2M8.1 7V2.2M10.4 7.4V3.4"
    "M3.5 8.6C3.5 11 5 12.6 7.4 12.6S10.4 11 10.4 7.6",
)
FAILED = ShownState("▲", "failed", "failed", fill="M7 1.6L13 12H1z")
REJECTED = ShownState("▲", "rejected", "failed", fill="M7 1.6L13 12H1z")
CANCELLED = ShownState("✕", "cancelled", "cancelled", stroke="M3 3l8 8M11 3l-8 8")
SUPERSEDED = ShownState(
    "⇢",
    "superseded",
    "superseded",
    fill="M8.5 3.4L13 7L8.5 10.6z",
    stroke="M1 7h2M4.4 7h2M7.6 7h1.4",
)

OF_JOB = {
    JobState.QUEUED: WAITING,
    JobState.RUNNING: RUNNING,
    JobState.PAUSED: PAUSED,
    JobState.WAITING: NEEDS_A_PERSON,
    JobState.PUBLISHED: PUBLISHED,
    JobState.PLANNED: PLANNED,
    JobState.REJECTED: REJECTED,
    JobState.FAILED: FAILED,
    JobState.CANCELLED: CANCELLED,
    JobState.SUPERSEDED: SUPERSEDED,
}
OF_STEP = {
    StepState.BLOCKED: WAITING,
    StepState.QUEUED: WAITING,
    StepState.RUNNING: RUNNING,
    StepState.WAITING: NEEDS_A_PERSON,
    StepState.DONE: DONE,
    StepState.FAILED: FAILED,
    StepState.CANCELLED: CANCELLED,
    StepState.QUARANTINED: NEEDS_A_PERSON,
}


def job_state(state: str) -> ShownState:
    """Return how a job's state is shown."""
    return OF_JOB[JobState(state)]


def step_state(state: str, reused: bool = False, attempts: int = 1) -> ShownState:
    """Return how a step's state is shown: one that waits after an attempt is tried again."""
    if state == StepState.DONE and reused:
        return REUSED
    if state == StepState.QUEUED and attempts:
        return RETRYING
    return OF_STEP[StepState(state)]
