"""What `reelfarm plan` shows is what the steps run: the same argv, for every kind of step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from farm.command import Command, Finished
from farm.parts import Part
from farm.plan import WHOLE, StepPlan
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import JobSpec
from planning.first import first_steps
from tests.conftest import MakeContext, a_spec, stored
from tests.media.encodes import POLICY
from tests.media.media_factory import Clips, surround, talkie
from workers.local.dry_run import dry_run
from workers.programs.runner import run
from workers.programs.tools import Tools
from workers.steps.facts import granted_threads, worker_cores
from workers.steps.progress import StepProgress
from workers.steps.registry import step_kind

Argv = tuple[str, ...]
SRT = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"
RUN_AFTERWARDS = ("publish",)  # it runs no program, and needs a farm around it


class Title:
    """Runs the steps of a job one after the other, noting the argv of what they run."""

    def __init__(
        self, make_context: MakeContext, tools: Tools, settings: Settings, spec: JobSpec
    ) -> None:
        self._make_context = make_context
        self._tools = tools
        self._settings = settings
        self._spec = spec
        self._parts: dict[str, Part] = {}
        self.ran: dict[str, list[Argv]] = {}
        self.told: dict[str, list[float]] = {}  # of progress

    def run(self) -> None:
        waiting = list(first_steps(self._spec))
        while waiting:
            step = waiting.pop(0)
            if step.kind not in RUN_AFTERWARDS:
                waiting += self._run(step)

    def _run(self, step: StepPlan) -> Sequence[StepPlan]:
        kind = step_kind(step.kind)
        params = from_json(kind.params, step.params)
        context = self._make_context(
            params=params,
            inputs={reference: self._parts[reference] for reference in step.inputs},
            wanted=kind.parts(params),
            spec=self._spec,
            key=step.key,
            other_settings=self._settings,
        )
        argvs = self.ran[step.key] = []

        told = self.told[step.key] = list[float]()
        progress = StepProgress(told.append)

        def noted(command: Command) -> Finished:
            argvs.append(tuple(self._tools.argv(command)))
            with progress.running(command) as reached:
                return run(command, tools=self._tools, cwd=context.scratch, on_progress=reached)

        cores = granted_threads(step.size.cores, worker_cores(self._settings))
        slots = self._settings.encode_slots or 1
        context = replace(context, run_program=noted, progress=progress)
        result = kind.run(replace(context, cores=cores, encode_slots=lambda _: slots))
        for name, product in result.products.items():
            self._parts[f"{step.key}#{name}" if name != WHOLE else step.key] = stored(product)
        return result.more_steps


@pytest.fixture
def one_core(settings: Settings) -> Settings:
    """Settings of a worker that gives an encode fewer threads than the machine has."""
    return settings.model_copy(update={"cores": 1, "encode_slots": 2, "wall_s": 500.0})


def asked(source: Path, tmp_path: Path, **changes: Any) -> JobSpec:
    sidecar = tmp_path / "en.srt"
    sidecar.write_text(SRT.format("Hello"))
    subtitles = [{"language": "en", "uri": str(sidecar)}]
    return a_spec(source, tmp_path / "origin", ladder=POLICY, subtitles=subtitles, **changes)


def test_every_step_runs_the_argv_that_the_plan_shows(
    clips: Clips, step_context: MakeContext, tools: Tools, one_core: Settings, tmp_path: Path
) -> None:
    spec = asked(talkie(clips), tmp_path, dual_text=("en", "und"))
    shown = {step.plan.key: list(step.argvs) for step in dry_run(spec, one_core).steps}
    title = Title(step_context, tools, one_core, spec)
    title.run()
    ran = title.ran
    # Where the worst moments are, only scores tell.
    stills = [argv for argv in ran["verify"] if "mjpeg" in argv]
    assert stills
    ran["verify"] = [argv for argv in ran["verify"] if argv not in stills]
    assert ran == {key: argvs for key, argvs in shown.items() if key not in RUN_AFTERWARDS}
    assert all(title.told[key][-1] == 1.0 for key, argvs in ran.items() if argvs)
    first, last = ran["encode:0"], ran["encode:1"]
    assert [len(first), len(last)] == [3, 1]  # the first has a tail, cut off for each rung
    assert [argv[argv.index("-filter_complex_threads") + 1] for argv in (first[0], last[0])] == [
        *("1", "1"),
    ]
    assert {key.partition(":")[0] for key, argvs in ran.items() if argvs} == {
        *("ingest", "analyze", "encode", "stitch", "audio", "text", "thumbnails", "package"),
        *("measure", "verify"),
    }


def test_a_plan_shows_that_a_downmix_is_measured_and_assumes_that_it_needs_no_gain(
    clips: Clips, step_context: MakeContext, tools: Tools, settings: Settings, tmp_path: Path
) -> None:
    spec = asked(surround(clips), tmp_path, loudness="ebu-r128")
    shown = {step.plan.key: list(step.argvs) for step in dry_run(spec, settings).steps}
    title = Title(step_context, tools, settings, spec)
    title.run()
    for key in ("audio:audio-0-stereo", "audio:audio-0-surround", "verify"):
        ran = [argv for argv in title.ran[key] if "mjpeg" not in argv]
        assert [shape(argv) for argv in ran] == [shape(argv) for argv in shown[key]]
    assert len(shown["audio:audio-0-stereo"]) == 3
    assert len(shown["audio:audio-0-surround"]) == 2
    tracks = sum(key.startswith("audio:") for key in shown)
    # One holds the default track against the source, two the picture; one looks for fields in it.
    assert len(shown["verify"]) == tracks + 1 + 2 + 1


def shape(argv: Argv) -> Argv:
    """Return a program and its options, without values."""
    return (argv[0], *(word for word in argv if word.startswith("-")))
