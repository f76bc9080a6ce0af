"""A job without its work: the source probed, the ladder decided, every command written down."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from farm.facts import Analysis
from farm.ladder import Ladder, Timeline
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan
from farm.settings import Settings
from farm.spec import JobSpec
from planning.first import first_steps
from planning.title import cut_title, plan_title
from services.locations import load_locations
from workers.local.preview import commands
from workers.programs.runner import run
from workers.programs.tools import find_tools
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.sources.probing import probe_source


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


def probe(uri: str, settings: Settings, tenant: str = "default") -> MediaInfo:
    """Return what the source is made of; raise as ingest does for what the farm cannot use."""
    tools = find_tools(settings)
    with tempfile.TemporaryDirectory(prefix="reelfarm-probe-") as folder:
        scratch = Path(folder)
        allowed = load_locations(settings).sources(tenant)
        with Sources(settings, Cache(scratch, 0), allowed) as sources:
            sources.bring(uri, scratch, lambda: None)
            return probe_source(
                uri, scratch, lambda command: run(command, tools=tools, cwd=scratch)
            )


def dry_run(spec: JobSpec, settings: Settings) -> DryRun:
    """Return the plan of a job, taking the source's declared duration on trust."""
    media = probe(spec.source, settings, spec.tenant)
    asked = (spec.ladder, spec.codecs, media, declared(media))
    # Nobody is asked how many workers there are: as if it were one.
    cuts = cut_title(*asked, lambda _: settings.encode_slots or 1)
    title = plan_title(spec, *asked, cuts=cuts)
    steps = (*first_steps(spec), *title.steps)
    tools = find_tools(settings)
    return DryRun(
        media,
        title.ladder,
        tuple(
            DryRunStep(
                step,
                tuple(tuple(tools.argv(command)) for command in commands(step, media, steps)),
            )
            for step in steps
        ),
    )


def declared(media: MediaInfo) -> Analysis:
    """Return what analysis would find in a sound, progressive source: nothing but its length."""
    picture, timeline, duration_s = media.picture, None, media.duration_s
    if picture is not None:
        length_s = picture.duration_s or media.duration_s
        timeline = Timeline(picture.frame_rate, max(1, round(length_s * picture.frame_rate)))
        duration_s = timeline.duration_s
    return Analysis(
        timeline=timeline,
        duration_s=duration_s,
        interlaced=picture is not None and picture.field_order in ("tff", "bff"),
        scene_cuts_s=(),
        crop=None,
        black=(),
        freeze=(),
        silence=(),
        loudness=(),
        spatial_information=None,
        temporal_information=None,
        missing_s=0.0,
    )
