"""What a person watching a job sees: a bar per stage, one for the whole, and an ETA."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as Eta

from farm.snapshots import JobSnapshot, StepSnapshot
from farm.states import StepState

# Shares of a typical job's time, measured on a 480p title with the apple ladder; they only
# decide how fast the whole's bar moves.
WEIGHTS = {"encode": 50.0, "measure": 8.0, "analyze": 4.0, "audio": 2.0, "thumbnails": 2.0}
STAGES = (
    ("ingest", ("ingest",)),
    ("analyze", ("analyze", "cut", "ladder")),
    ("encode", ("encode", "stitch")),
    ("audio", ("audio",)),
    ("text", ("text", "chapters")),
    ("thumbnails", ("thumbnails",)),
    ("package", ("package",)),
    ("quality", ("measure",)),
    ("verify", ("verify",)),
    ("publish", ("publish",)),
)
# Until the ladder step has spoken, nobody knows the steps to come: assume the usual weight.
EXPECTED_WEIGHT = 100.0


class ProgressView:
    """Live bars on stderr; on a pipe, one line per finished stage instead."""

    def __init__(self, title: str) -> None:
        console = Console(stderr=True)
        self._lines = None if console.is_terminal else console
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[note]}", style="dim"),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            Eta(),
            console=console,
            disable=not console.is_terminal,
        )
        self._whole = self._progress.add_task(title[:10], total=EXPECTED_WEIGHT, note=title)
        self._bars: dict[str, TaskID] = {}
        self._finished: set[str] = set()

    def __enter__(self) -> ProgressView:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, job: JobSnapshot) -> None:
        """Bring the bars up to date with the job's rows."""
        planned = len(job.steps) > 3
        for stage, kinds in STAGES:
            steps = [step for step in job.steps if step.kind in kinds]
            if steps:
                self._show_stage(stage, steps)
        done = _done(job.steps)
        total = sum(_weight(step) for step in job.steps) if planned else EXPECTED_WEIGHT
        self._progress.update(self._whole, completed=done, total=total)

    def _show_stage(self, stage: str, steps: list[StepSnapshot]) -> None:
        done = [step for step in steps if step.state == StepState.DONE]
        started = [step for step in steps if step.started_at is not None]
        if not started and not done:
            return
        if stage not in self._bars:
            self._bars[stage] = self._progress.add_task(stage, total=1.0, note="")
        share = _done(steps) / sum(_weight(step) for step in steps)
        self._progress.update(
            self._bars[stage], completed=share, note=f"{len(done)}/{len(steps)} steps"
        )
        if len(done) == len(steps) and stage not in self._finished:
            self._finished.add(stage)
            if self._lines:
                seconds = sum(step.wall_s or 0.0 for step in steps)
                reused = sum(step.reused for step in steps)
                kept = f", {reused} reused" if reused else ""
                self._lines.print(f"{stage}: {len(steps)} steps{kept}, {seconds:.1f} s")


def _weight(step: StepSnapshot) -> float:
    return WEIGHTS.get(step.kind, 1.0)


def _done(steps: Sequence[StepSnapshot]) -> float:
    return sum(_weight(step) * _share(step) for step in steps)


def _share(step: StepSnapshot) -> float:
    return 1.0 if step.state == StepState.DONE else step.progress
