"""Measuring: renditions against the source, every frame small, as many as it takes in full."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from farm.command import Command, Tool
from farm.errors import ConformanceFailed
from farm.facts import EncodedVideo, Source
from farm.ladder import Rung
from farm.parts import Product
from farm.plan import WHOLE
from farm.scores import Complaints
from farm.serial import to_json
from ladders.gop import frames_at
from media.graphs.measure import Judged, rendition_name, score
from planning.params import MeasureParams
from qc.sampling.passes import every, some
from qc.sampling.spread import wanted_samples
from workers.steps.burn_in import bring_burn_in, draws_text, only_text_input
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.listened import listen
from workers.steps.measured import RenditionScores, how_scored, look_closer, widen
from workers.steps.result import StepResult
from workers.steps.watched import Watched, read_watched


def commands(facts: Facts, params: MeasureParams) -> tuple[Command, ...]:
    """Return the pass over all of the renditions.

    Looks at the worst places, and at more frames where figures are near thresholds, come after it:
    where and whether, only scores tell.
    """
    return (scoring(facts, params, list(judged(params, facts.wanted).values())),)


def scoring(
    facts: Facts, params: MeasureParams, renditions: Sequence[Judged], *, watch: bool = True
) -> Command:
    """Return a pass over renditions that scores the frames named in each."""
    return score(
        renditions,
        params.treatment,
        params.timeline,
        how_scored(params),
        burn_in=params.burn_in,
        watch=watch,
        limits=facts.limits,
    )


def judged(params: MeasureParams, wanted: Collection[str]) -> dict[str, Judged]:
    """Return the renditions that are wanted, by their part's name, and the frames to score."""
    return {
        part: Judged(place, rung, _samples(params, rung))
        for place, (part, rung) in enumerate(rungs_by_part(params).items())
        if part in wanted
    }


def rungs_by_part(params: MeasureParams) -> dict[str, Rung]:
    """Return the rungs that are measured; steps of older jobs measure one, which is all of them."""
    if params.rung is not None:
        return {WHOLE: params.rung}
    return {rung.name: rung for rung in params.rungs}


def run(context: StepContext[MeasureParams]) -> StepResult:
    """Return the scores of renditions; raise InvalidAlignment where one is not the source's."""
    params = context.params
    renditions = judged(params, context.wanted)
    for each in renditions.values():
        _check_frames(context, each.rung)
    context.link_source()
    context.bring_each(
        {
            rendition_name(each.place): (f"stitch:{each.rung.name}", "video.mp4")
            for each in renditions.values()
        }
    )
    if params.burn_in:
        bring_burn_in(context, only_text_input(context), params.treatment)
    (compare,) = context.progress.expect(commands(context.beforehand, params))
    ran = [context.run(compare)]
    said, listened = listen(context, renditions, ran[0].stderr)
    ran += listened
    seen = read_watched(context, renditions)
    measured = {
        part: RenditionScores(context, each, seen[part]) for part, each in renditions.items()
    }
    if params.subsample is None:
        ran += look_closer(context, list(measured.values()))
        ran += widen(context, list(measured.values()), scoring)
    evidence = {
        "cpu_s": sum(finished.cpu_s for finished in ran),
        "peak_rss_bytes": max(finished.peak_rss_bytes for finished in ran),
    }
    return StepResult(
        {
            part: _product(context, each, seen[part], said[part], evidence)
            for part, each in measured.items()
        }
    )


def parts(params: MeasureParams) -> dict[str, Any]:
    """Return the key material of each rendition: others, and why it is there, change nothing."""
    common = to_json(params)
    for name in ("rung", "rungs", "gated", "thresholds", "limits"):
        del common[name]
    return {
        part: {
            **common,
            "rung": {name: value for name, value in to_json(rung).items() if name != "reason"},
            "thresholds": to_json(params.limits_of(rung.name)),
        }
        for part, rung in rungs_by_part(params).items()
    }


def made_from(part: str, reference: str) -> bool:
    """Return whether a rendition's scores follow from an input: not from other renditions."""
    return part == WHOLE or not reference.startswith("stitch:") or reference == f"stitch:{part}"


def _samples(params: MeasureParams, rung: Rung) -> range:
    frames = frames_at(params.timeline.frames, params.timeline.fps, rung.fps)
    if params.subsample is not None:
        return every(params.subsample, frames)
    pixels = rung.width * rung.height
    return some(wanted_samples(pixels, params.width * params.height), frames)


def _check_frames(context: StepContext[MeasureParams], rung: Rung) -> None:
    """Raise ConformanceFailed where a rendition has not the timeline's frames."""
    timeline = context.params.timeline
    encoded = context.facts(f"stitch:{rung.name}", EncodedVideo).frames
    frames = frames_at(timeline.frames, timeline.fps, rung.fps)
    if encoded != frames:
        raise ConformanceFailed(
            f"{rung.name} has {encoded} frames where the title has {frames}: encode it again",
            rung=rung.name,
            frames=encoded,
            expected=frames,
        )


def _product(
    context: StepContext[MeasureParams],
    measured: RenditionScores,
    seen: Watched,
    said: Complaints,
    evidence: Mapping[str, Any],
) -> Product:
    rendition = context.inputs[f"stitch:{measured.judged.rung.name}"].files["video.mp4"]
    scores = replace(
        measured.scores(),
        compared=seen.frames,
        strays=seen.strays,
        complaints=said,
        source_sha256=context.facts("ingest", Source).sha256,
        rendition_sha256=rendition.sha256,
    )
    windows = {"alignment_windows": seen.alignment.windows}
    return Product(to_json(scores), measured.keep_frames(), {**evidence, **windows})


KIND = StepKind(
    "measure",
    MeasureParams,
    run,
    commands,
    revision=5,
    tools=(Tool.FFMPEG,),
    draws_text=draws_text,
    parts=parts,
    made_from=made_from,
)
