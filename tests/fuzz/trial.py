"""One file through the first steps of a job: the real step functions, runner and sandbox."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from farm.command import Command, Finished
from farm.parts import FileRef, Part
from farm.plan import WHOLE, StepPlan
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import SubtitleSpec
from planning.first import first_steps
from storage.objects.parallel import Transfers
from tests.conftest import ANYWHERE, a_spec, stored
from tests.fuzz.facts import check_product
from tests.fuzz.seeds import Use
from workers.programs.runner import run
from workers.programs.tools import find_tools
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps.contract import StepContext
from workers.steps.registry import step_kind

TRIED = ("ingest", "analyze", "cut", "ladder", "text", "chapters")
STILL_S = 20.0  # the farm waits two minutes for a program that stands still


@dataclass
class Trial:
    """A job whose first steps are run one after the other in a folder of its own."""

    folder: Path
    parts: dict[str, Part] = field(default_factory=dict)  # by reference
    peak_rss_bytes: int = 0  # of its programs

    def __post_init__(self) -> None:
        state = self.folder / "state"
        self._settings = Settings(
            state_dir=state, sources="any", origins="any", stall_s=STILL_S, wall_s=STILL_S
        )
        self._tools = find_tools(self._settings)

    def begin(self, use: Use, path: Path, film: Path, *, allow_partial: bool) -> None:
        """Run the first steps on a file, or on a film with the file beside it.

        Steps whose parts are there already are not run again. Raises what they raise, and BadFact
        for a fact that is none.
        """
        source = path if use == "source" else film
        self._spec = a_spec(source, self.folder / "origin", allow_partial=allow_partial)
        if use == "subtitles":
            given = SubtitleSpec(uri=str(path), language="de")
            self._spec = self._spec.model_copy(update={"subtitles": (given,)})
        elif use == "chapters":
            self._spec = self._spec.model_copy(update={"chapters": str(path)})
        steps = deque(first_steps(self._spec))
        while steps:
            step = steps.popleft()
            if step.kind in TRIED and step.key not in self.parts:
                steps += self._run(step)

    def _run(self, step: StepPlan) -> tuple[StepPlan, ...]:
        """Run one step, keep its parts, and return the steps it adds."""
        kind = step_kind(step.kind)
        params = from_json(kind.params, step.params)
        scratch = self.folder / f"{len(self.parts)}-{step.kind}"
        scratch.mkdir()
        cache = Cache(self.folder / "cache", self._settings.cache_bytes)
        with Sources(self._settings, cache, ANYWHERE) as sources:
            result = kind.run(
                StepContext(
                    job_id="job",
                    spec=self._spec,
                    key=step.key,
                    params=params,
                    inputs={name: self.parts[name] for name in step.inputs},
                    wanted=frozenset(kind.parts(params)),
                    scratch=scratch,
                    settings=self._settings,
                    run_program=partial(self._command, scratch),
                    fetch=_copied,
                    fetch_all=_all_copied,
                    transfers=Transfers(1),
                    sources=sources,
                    origins=lambda: ANYWHERE,
                )
            )
        for name, product in result.products.items():
            check_product(step, name, product)
            reference = step.key if name == WHOLE else f"{step.key}#{name}"
            self.parts[reference] = stored(product)
        return tuple(result.more_steps)

    def _command(self, scratch: Path, command: Command) -> Finished:
        finished = run(command, tools=self._tools, cwd=scratch)
        self.peak_rss_bytes = max(self.peak_rss_bytes, finished.peak_rss_bytes)
        return finished


def _copied(file: FileRef, target: Path) -> None:
    shutil.copyfile(file.key, target)


def _all_copied(files: Mapping[Path, FileRef], _report: Any) -> None:
    for target, file in files.items():
        _copied(file, target)
