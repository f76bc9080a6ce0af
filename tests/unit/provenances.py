"""Provenances of titles that nobody made: steps as they are planned, parts by fingerprint."""

from __future__ import annotations

from typing import Any

from farm.command import Tool
from farm.facts import Source, Verdict
from farm.parts import COMMANDS, MADE_AS, TOOLS, Part, StepMade
from farm.plan import StepPlan
from farm.serial import digest, from_json, to_json
from farm.spec import JobSpec
from planning.first import first_steps
from qc.provenance import provenance
from tests.unit.titles import media, plan, spec, subtitle
from workers.engine.fingerprint import fingerprints_of, made_as
from workers.programs.builds import Builds
from workers.steps.expected import ExpectedCommands
from workers.steps.registry import step_kind

ALL = {Tool.FFMPEG: "n9", Tool.FFPROBE: "n8", Tool.PACKAGER: "v3"}
SOURCE = Source("ab" * 32, media())
VERDICT = Verdict("pass", ())
FILES = {"master.m3u8": ("5" * 64, 5), "h264-180p-300k/00001.m4s": ("6" * 64, 6)}
WISH = spec(subtitles=(subtitle("en"),), chapters="/a/chapters.vtt")


class Host(Builds):
    """A host with these builds and fonts."""

    def __init__(self, builds: dict[Tool, str] = ALL, fonts: str = "DejaVu") -> None:
        self._builds = builds
        self._fonts = fonts

    def of(self, tool: Tool) -> str:
        return self._builds[tool]

    def of_fonts(self) -> str:
        return self._fonts


def planned_steps(wish: JobSpec = WISH) -> tuple[StepPlan, ...]:
    """Return the steps of a title that are done when its provenance is written."""
    every = (*first_steps(wish), *plan(wish).steps)
    return tuple(step for step in every if step.kind not in ("verify", "publish"))


def recorded(expected: ExpectedCommands, wish: JobSpec = WISH) -> dict[str, Any]:
    """Return the provenance of a title that a `Host` made with the commands that are expected."""
    made: dict[str, Part] = {}
    steps = []
    for step in planned_steps(wish):
        kind = step_kind(step.kind)
        params = from_json(kind.params, step.params)
        names = {f"{step.key}#{name}" if name else step.key: name for name in kind.parts(params)}
        made |= {reference: Part({"made": reference}) for reference in names}
        inputs = {each: made[each].digest for each in step.inputs}
        prints = fingerprints_of(kind, params, inputs, Host()) if kind.cacheable else {}
        steps.append(StepMade(step.key, step.kind, to_json(params), step.inputs, prints))
        told = {tool.value: {"version": ALL[tool], "build": ALL[tool]} for tool in kind.tools}
        evidence = {
            COMMANDS: [list(argv) for argv in expected.argvs(step)],
            TOOLS: told,
            MADE_AS: made_as(kind, params, Host()),
        }
        first = next(iter(names))
        made[first] = Part(made[first].facts, evidence=evidence)
    return provenance(wish, made, steps, SOURCE, VERDICT, FILES)


def report() -> dict[str, Any]:
    """Return what of that title's report.json is looked into."""
    return {
        "source": {"name": "movie.mkv", **to_json(SOURCE)},
        "audio": [],
        "text": [],
        **to_json(VERDICT),
    }


QC_DIGEST = digest(to_json(VERDICT))
