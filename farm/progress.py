"""How far a job is: its stages and the whole, from the first moment on.

Only the `ladder` step knows which steps follow it. Until then each stage is there all the same, as
pending, with the weight that titles usually give it: so the whole never goes back when they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from farm.snapshots import StepSnapshot
from farm.states import StepState

LAST = ("publish", "plan")  # kinds of which a job has one once it is planned to its end


@dataclass(frozen=True, slots=True)
class _Expected:
    """A stage as titles usually have it: its kinds of steps, and its weight in the whole."""

    name: str
    kinds: tuple[str, ...]
    weight: float


# Per cent of the processor time of a 480p title with the ladder apple-h264; stages that wait for
# disks and networks as they would take of the wall time. They only decide how fast the bar moves.
STAGES = (
    _Expected("ingest", ("ingest",), 1),
    _Expected("analyze", ("analyze", "cut", "trial", "ladder", "plan"), 4),
    _Expected("encode", ("encode", "stitch"), 58),
    _Expected("audio", ("audio",), 2),
    _Expected("text", ("text", "chapters"), 1),
    _Expected("package", ("package",), 2),
    _Expected("thumbnails", ("thumbnails",), 2),
    _Expected("quality", ("measure",), 24),
    _Expected("verify", ("verify",), 3),
    _Expected("publish", ("publish",), 3),
)
QUICK_KINDS = ("cut", "ladder", "plan", "stitch")
QUICK = 0.05  # of the step beside them that takes long


class StepShare(NamedTuple):
    """How far one step is: all that is needed of it to tell how far its job is."""

    kind: str
    state: str
    progress: float


S = TypeVar("S", StepSnapshot, StepShare)


@dataclass(frozen=True, slots=True)
class Stage(Generic[S]):
    """One stage: how much of it is done, from 0 to 1, and of how many steps."""

    name: str
    share: float
    weight: float
    steps: tuple[S, ...]  # none yet where it is pending

    @property
    def done(self) -> int:
        """Return how many of its steps are done."""
        return sum(step.state == StepState.DONE for step in self.steps)

    @property
    def is_done(self) -> bool:
        return bool(self.steps) and self.done == len(self.steps)


def stages(steps: Sequence[S]) -> tuple[Stage[S], ...]:
    """Return the stages of a job in order: all there may be, or once planned all there are."""
    planned = any(step.kind in LAST for step in steps)
    found = (_stage(expected, steps) for expected in STAGES)
    return tuple(stage for stage in found if stage.steps or not planned)


def whole_share(job_stages: Sequence[Stage[S]]) -> float:
    """Return how much of a job is done, from 0 to 1."""
    total = sum(stage.weight for stage in job_stages)
    return sum(stage.weight * stage.share for stage in job_stages) / total


def _stage(expected: _Expected, steps: Sequence[S]) -> Stage[S]:
    its = tuple(step for step in steps if step.kind in expected.kinds)
    total = sum(_weight(step) for step in its)
    done = sum(_weight(step) * step.progress for step in its)
    return Stage(expected.name, done / total if total else 0.0, expected.weight, its)


def _weight(step: StepSnapshot | StepShare) -> float:
    return QUICK if step.kind in QUICK_KINDS else 1.0
