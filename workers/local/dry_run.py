"""A job without its work: the source probed, the ladder decided, every command written down."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from farm.command import Command, opening_with
from farm.facts import Analysis, AudioTrack, Loudness, TextTrack
from farm.ladder import Ladder, Timeline
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan, step_of
from farm.serial import from_json
from farm.settings import Settings
from farm.spec import JobSpec
from media.graphs.audio import TARGET_LUFS
from media.graphs.loudness import MAX_TRUE_PEAK_DBTP
from planning.first import first_steps
from planning.params import AudioParams, TextParams
from planning.title import cut_title, plan_title
from services.locations import load_locations
from workers.engine.capacity import granted_threads, worker_cores
from workers.programs.runner import run
from workers.programs.tools import find_tools
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.sources.probing import probe_source
from workers.steps import audio, text
from workers.steps.facts import Facts, program_limits, spare_threads
from workers.steps.registry import step_kind


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
    asked = (spec.ladder, spec.codecs, media, declared(media))
    # Nobody is asked how many workers there are: as if it were one.
    cuts = cut_title(*asked, lambda _: settings.encode_slots or 1)
    title = plan_title(spec, *asked, cuts=cuts)
    steps = (*first_steps(spec), *title.steps)
    tools, expected = find_tools(settings), _Expected(media, settings, steps)
    return DryRun(
        media,
        title.ladder,
        tuple(
            DryRunStep(
                step,
                tuple(
                    tuple(tools.argv(opening_with(command, media.opened_with)))
                    for command in expected.commands(step)
                ),
            )
            for step in steps
        ),
    )


class _Expected:
    """What steps are expected to leave, on a worker of this machine that has every core free."""

    def __init__(self, media: MediaInfo, settings: Settings, steps: Sequence[StepPlan]) -> None:
        self._media = media
        self._settings = settings
        self._steps = {step.key: step for step in steps}

    def commands(self, step: StepPlan) -> Sequence[Command]:
        """Return the commands the step would run."""
        kind = step_kind(step.kind)
        params = from_json(kind.params, step.params)
        return kind.commands(self._facts(step, frozenset(kind.parts(params))), params)

    def _facts(self, step: StepPlan, wanted: frozenset[str]) -> Facts:
        made = [self._steps[step_of(reference)] for reference in step.inputs]
        return Facts(
            wanted=wanted,
            limits=program_limits(self._settings),
            threads=spare_threads(granted_threads(step.size.cores, worker_cores(self._settings))),
            source=self._media,
            audios=tuple(self._audio(step) for step in made if step.kind == "audio"),
            texts=tuple(self._text(step) for step in made if step.kind == "text"),
        )

    def _audio(self, step: StepPlan) -> AudioTrack:
        return audio.expected(from_json(AudioParams, step.params))

    def _text(self, step: StepPlan) -> TextTrack:
        return text.expected(self._media, from_json(TextParams, step.params))


def declared(media: MediaInfo) -> Analysis:
    """Return what analysis would find in a sound, progressive source, neither loud nor quiet."""
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
        loudness=tuple(_at_target(stream.index) for stream in media.audio),
        spatial_information=None,
        temporal_information=None,
        missing_s=0.0,
    )


def _at_target(stream_index: int) -> Loudness:
    """Return the loudness of a track that normalisation would leave as it is."""
    return Loudness(stream_index, TARGET_LUFS, 0.0, MAX_TRUE_PEAK_DBTP, TARGET_LUFS)
