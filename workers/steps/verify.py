"""Verifying: every check held against the packaged title, one verdict, and the report.

A rejected title is no error here: the verdict is what was asked for, and publishing obeys it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from farm.command import Limits
from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    EncodedVideo,
    Loudness,
    Packaged,
    Scores,
    Source,
    TextTrack,
)
from farm.ladder import Ladder, Treatment
from farm.serial import from_json
from farm.spec import QcPolicy
from media.graphs.delivered import hear_track
from media.graphs.frames import SMALL_QUALITIES, extract_moment, shrink_pictures
from media.graphs.loudness import SAMPLE_RATE, read_loudness
from qc.conformance.expectations import Expectations
from qc.conformance.lint import lint
from qc.frames import ScoredFrames
from qc.moments import Moment, worst_moments
from qc.report import PICTURE_BYTES, ReportData, Still, frames_name, report_html, report_json
from qc.verdict import Evidence, decide
from workers.steps.burn_in import bring_burn_in
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.scored import bring_frames

T = TypeVar("T")
GENERATION = "generation"
REPORT = "report"


@dataclass(frozen=True, slots=True)
class _Title:
    """What the steps before made of the title."""

    source: Source
    analysis: Analysis
    ladder: Ladder
    policy: QcPolicy
    packaged: Packaged
    scores: tuple[Scores, ...]
    frames: Mapping[str, ScoredFrames]  # of each rung
    renditions: tuple[EncodedVideo, ...]
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]
    chapters: ChapterList


def run(context: StepContext) -> StepResult:
    """Return the verdict on a title, and its report in "report/"."""
    title = _title(context)
    conformance = lint(_bring_generation(context), _expectations(context, title))
    evidence = Evidence(
        ladder=title.ladder,
        scores=title.scores,
        analysis=title.analysis,
        audios=title.audios,
        texts=title.texts,
        chapters=title.chapters,
        delivered=_delivered(context, title),
        conformance=conformance,
    )
    verdict = decide(title.policy, evidence)
    (context.scratch / REPORT).mkdir(exist_ok=True)
    report = ReportData(
        tenant=context.spec.tenant,
        asset=context.spec.asset,
        external_id=context.spec.external_id,
        source_name=source_name(context.spec.source),
        source=title.source,
        analysis=title.analysis,
        policy=title.policy,
        ladder=title.ladder,
        renditions=title.renditions,
        packaged=title.packaged,
        scores=title.scores,
        frames=title.frames,
        audios=title.audios,
        texts=title.texts,
        chapters=title.chapters,
        verdict=verdict,
        stills=_take_pictures(context, title),
    )
    return whole(verdict, _write_report(context, report))


def source_name(uri: str) -> str:
    """Return the file's name alone: hosts, folders and signatures are nobody's business."""
    parts = urlsplit(uri)
    is_uri = "://" in uri and parts.scheme.isalnum()
    return PurePosixPath(unquote(parts.path) if is_uri else uri).name


def _title(context: StepContext) -> _Title:
    ladder = from_json(Ladder, context.params["ladder"])
    names = [rung.name for rung in ladder.rungs]
    return _Title(
        source=context.facts("ingest", Source),
        analysis=context.facts("analyze", Analysis),
        ladder=ladder,
        policy=from_json(QcPolicy, context.params["policy"]),
        packaged=context.facts("package", Packaged),
        scores=tuple(context.facts(f"measure:{name}", Scores) for name in names),
        frames={
            name: bring_frames(context, name, f"{REPORT}/{frames_name(name)}") for name in names
        },
        renditions=tuple(context.facts(f"stitch:{name}", EncodedVideo) for name in names),
        audios=_facts(context, "audio", AudioTrack),
        texts=_facts(context, "text", TextTrack),
        chapters=context.facts("chapters", ChapterList),
    )


def _facts(context: StepContext, kind: str, of: type[T]) -> tuple[T, ...]:
    references = [ref for ref in context.inputs if ref.startswith(f"{kind}:")]
    return tuple(context.facts(reference, of) for reference in references)


def _bring_generation(context: StepContext) -> Path:
    for name in context.inputs["package"].files:
        context.bring("package", name, f"{GENERATION}/{name}")
    return context.scratch / GENERATION


def _expectations(context: StepContext, title: _Title) -> Expectations:
    return Expectations(
        duration_s=Fraction(context.params["duration_s"]),
        segment_s=title.ladder.segment_s,
        videos=title.renditions,
        audios=title.audios,
        texts=title.texts,
    )


def _delivered(context: StepContext, title: _Title) -> dict[str, Loudness]:
    """Return the loudness of every track as delivered, where it was to be normalised."""
    if context.spec.loudness == "source":
        return {}
    found = {}
    duration_s = title.analysis.duration_s
    for place, audio in enumerate(title.audios):
        name = f"audio-{place}.mp4"
        context.bring(f"audio:{audio.name}", "audio.mp4", name)
        context.run(hear_track(name, place, duration_s, _limits(context)))
        samples = int(duration_s * SAMPLE_RATE)
        found[audio.name] = read_loudness(context.scratch, place, samples)
    return found


def _take_pictures(context: StepContext, title: _Title) -> tuple[Still, ...]:
    """Return the worst moments with their pictures written to the report's folder."""
    moments = worst_moments(title.frames)
    if not moments:
        return ()
    context.link_source()
    burn_in: str | None = context.params.get("burn_in")
    if burn_in is not None:
        bring_burn_in(context, burn_in, from_json(Treatment, context.params["treatment"]))
    for rung in {moment.rung for moment in moments}:
        context.bring(f"stitch:{rung}", "video.mp4", f"{rung}.mp4")
    return tuple(
        _take_picture(context, title, number, moment, burn_in=burn_in is not None)
        for number, moment in enumerate(moments, 1)
    )


def _take_picture(
    context: StepContext, title: _Title, number: int, moment: Moment, *, burn_in: bool
) -> Still:
    size = next((s.width, s.height) for s in title.scores if s.rung == moment.rung)
    still = Still(moment, f"worst-{number:02}-source.jpg", f"worst-{number:02}-encode.jpg")
    context.run(
        extract_moment(
            next(rung for rung in title.ladder.rungs if rung.name == moment.rung),
            from_json(Treatment, context.params["treatment"]),
            moment.score.frame,
            rendition_name=f"{moment.rung}.mp4",
            size=size,
            to=(f"{REPORT}/{still.source_name}", f"{REPORT}/{still.rendition_name}"),
            burn_in=burn_in,
            limits=_limits(context),
        )
    )
    return still


def _write_report(context: StepContext, report: ReportData) -> dict[str, Path]:
    """Write the page and its data, and return every file of the report by its name."""
    folder = context.scratch / REPORT
    pictures: dict[str, bytes] = {}
    for still in report.stills:
        pictures |= _small_pair(context, still)
    page = report_html(report, pictures)
    (folder / "index.html").write_text(page, "utf-8", newline="\n")
    (folder / "report.json").write_text(report_json(report), "utf-8", newline="\n")
    scores = [frames_name(rung) for rung in report.frames]
    names = ("index.html", "report.json", *scores, *pictures)
    return {f"{REPORT}/{name}": folder / name for name in names}


def _small_pair(context: StepContext, still: Still) -> dict[str, bytes]:
    """Return a moment's pictures as small as a page has room for, both in one quality.

    Were one of them coarser, it would be taken for the encode's doing, or the source's.
    """
    names = (still.source_name, still.rendition_name)
    to = {f"{REPORT}/{name}": [f"{q}-{name}" for q in SMALL_QUALITIES] for name in names}
    context.run(shrink_pictures(to, _limits(context)))
    for paths in zip(*to.values(), strict=True):
        small = [(context.scratch / path).read_bytes() for path in paths]
        if max(map(len, small)) <= PICTURE_BYTES:
            break
    return dict(zip(names, small, strict=True))


def _limits(context: StepContext) -> Limits:
    return Limits(wall_s=context.settings.wall_s, stall_s=context.settings.stall_s)


# The report names the title, which is no part of what it is made from.
KIND = StepKind("verify", run, revision=2, cacheable=False)
