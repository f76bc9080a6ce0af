"""What a person watching a job sees: a bar per stage, one for the whole, and an ETA."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as Eta

from farm.progress import Stage, stages, whole_share
from farm.snapshots import StepSnapshot

WIDE_COLUMNS = 64  # below, bars of a few columns would stand beside texts that are cut off


class ProgressView:
    """Live bars on stderr; on a pipe, one line per finished stage instead."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._lines = None if console.is_terminal else console
        more = [TextColumn("{task.fields[note]}", style="dim"), TimeElapsedColumn()]
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(pulse_style="bar.back"),  # what is pending lies still
            TextColumn("{task.percentage:>3.0f} %"),
            *(more if console.width >= WIDE_COLUMNS else ()),
            TextColumn("ETA"),
            Eta(),
            console=console,
            disable=not console.is_terminal,
        )
        self._whole = self._progress.add_task(title[:10], total=1.0, note=title)
        self._reached = 0.0
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

    def show(self, steps: Sequence[StepSnapshot]) -> None:
        """Bring the bars up to date with the job's steps."""
        found = stages(steps)
        for stage in found:
            self._show_stage(stage)
        for name in self._bars.keys() - {stage.name for stage in found}:
            self._progress.remove_task(self._bars.pop(name))  # the title has no such thing
        # A step that is tried again starts anew, the whole waits for it where it is.
        self._reached = max(self._reached, whole_share(found))
        self._progress.update(self._whole, completed=self._reached)

    def _show_stage(self, stage: Stage[StepSnapshot]) -> None:
        if stage.name not in self._bars:
            self._bars[stage.name] = self._progress.add_task(
                stage.name, total=1.0, note="", start=False
            )
        bar = self._bars[stage.name]
        if any(step.started_at is not None for step in stage.steps) or stage.done:
            self._progress.start_task(bar)
        note = f"{stage.done}/{len(stage.steps)} steps" if stage.steps else "pending"
        self._progress.update(bar, completed=stage.share, note=note)
        if stage.is_done and stage.name not in self._finished:
            self._finished.add(stage.name)
            self._say(stage)

    def _say(self, stage: Stage[StepSnapshot]) -> None:
        if self._lines is None:
            return
        seconds = sum(step.wall_s or 0.0 for step in stage.steps)
        reused = sum(step.reused for step in stage.steps)
        kept = f", {reused} reused" if reused else ""
        self._lines.print(f"{stage.name}: {len(stage.steps)} steps{kept}, {seconds:.1f} s")
