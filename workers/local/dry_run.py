"""A job without its work: the source probed, the ladder decided, every command written down."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from farm.command import Command
from farm.ladder import Ladder
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan
from farm.settings import Settings
from farm.spec import JobSpec
from media.probe.ffprobe import probe_command
from planning.declared import declared
from planning.first import first_steps
from planning.output_size import SizeRange, output_size
from planning.title import audio_rates, cut_title, plan_title
from planning.work import analyze_work
from services.locations import load_locations
from workers.programs.runner import run
from workers.programs.tools import find_tools
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.sources.excerpt import expected_excerpt
from workers.sources.probing import probe_source
from workers.steps.expected import ExpectedCommands
from workers.steps.facts import program_limits


@dataclass(frozen=True, slots=True)
class DryRunStep:
    """A step that would run, and the argv of each program it would start."""

    plan: StepPlan
    argvs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a job would do."""

    media: MediaInfo
    ladder: Ladder
    steps: tuple[DryRunStep, ...]
    size: SizeRange  # of what would be published
    cpu_s: float  # about, on the machine of docs/benchmarks.md


def probe(
    uri: str, settings: Settings, tenant: str = "default", program: int | None = None
) -> MediaInfo:
    """Return what the source is made of; raise as ingest does for what the farm cannot use."""
    tools = find_tools(settings)
    with tempfile.TemporaryDirectory(prefix="reelfarm-probe-") as folder:
        scratch = Path(folder)
        allowed = load_locations(settings).sources(tenant)
        with Sources(settings, Cache(scratch, 0), allowed) as sources:
            sources.bring(uri, scratch, lambda: None)
            return probe_source(
                uri, scratch, lambda command: run(command, tools=tools, cwd=scratch), program
            )


def dry_run(spec: JobSpec, settings: Settings) -> DryRun:
    """Return the plan of a job, taking the source's declared duration on trust."""
    media = probe(spec.source, settings, spec.tenant, spec.program)
    taken = None
    cutting: tuple[Command, ...] = ()
    if spec.excerpt is not None:
        limits = program_limits(settings)
        taken, cut = expected_excerpt(spec.source, spec.excerpt, media, limits)
        media, cutting = taken.media, (cut, probe_command())
    analysis = declared(media)
    asked = (spec.ladder, spec.codecs, media, analysis)
    # Nobody is asked how many workers there are: as if it were one.
    cuts = cut_title(*asked, lambda _: settings.encode_slots or 1)
    excerpt = taken.excerpt if taken else None
    title = plan_title(spec, *asked, cuts=cuts, excerpt=excerpt)
    steps = (*first_steps(spec), *title.steps)
    tools = find_tools(settings)
    expected = ExpectedCommands(media, settings, tools, steps)
    more = {"ingest": tuple(tuple(tools.argv(command)) for command in cutting)}
    return DryRun(
        media,
        title.ladder,
        tuple(DryRunStep(step, (*expected.argvs(step), *more.get(step.key, ()))) for step in steps),
        output_size(title.ladder, audio_rates(title.steps), analysis.duration_s, ()),
        analyze_work(media) + sum(step.work or 0.0 for step in steps),
    )
