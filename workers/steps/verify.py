"""Verifying: every check held against the packaged title, one verdict, and the report.

A rejected title is no error here: the verdict is what was asked for, and publishing obeys it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from farm.command import Command, Tool
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
from farm.spec import QcPolicy
from media.graphs.delivered import hear_track
from media.graphs.frames import extract_moment
from media.graphs.loudness import SAMPLE_RATE, read_loudness
from planning.params import VerifyParams
from qc.conformance.expectations import Expectations
from qc.conformance.lint import lint
from qc.moments import Moment, worst_moments
from qc.report import ReportData, Still, report_html, report_json
from qc.verdict import Evidence, decide
from workers.steps.burn_in import bring_burn_in, draws_text
from workers.steps.contract import StepContext, StepKind, StepResult, whole
from workers.steps.facts import Facts

GENERATION = "generation"
REPORT = "report"
BROUGHT = 0.3  # of the step, where the work store is far away


@dataclass(frozen=True, slots=True)
class _Title:
    """What the steps before made of the title."""

    source: Source
    analysis: Analysis
    ladder: Ladder
    policy: QcPolicy
    packaged: Packaged
    scores: tuple[Scores, ...]
    renditions: tuple[EncodedVideo, ...]
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]
    chapters: ChapterList


def commands(facts: Facts, params: VerifyParams) -> tuple[Command, ...]:
    """Return what listens to every track whose loudness was to be normalised.

    The pictures of the worst moments come after that: where those are, only scores tell.
    """
    return tuple(
        hear_track(_delivered_name(place), place, params.duration_s, facts.limits)
        for place in _normalised(facts.audios)
    )


def run(context: StepContext[VerifyParams]) -> StepResult:
    """Return the verdict on a title, and its report in "report/"."""
    title = _title(context)
    with context.progress.up_to(BROUGHT):
        generation = context.bring_all("package", GENERATION)
    conformance = lint(generation, _expectations(context, title))
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
    (context.scratch / REPORT).mkdir()
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


def _title(context: StepContext[VerifyParams]) -> _Title:
    ladder = context.params.ladder
    names = [rung.name for rung in ladder.rungs]
    return _Title(
        source=context.facts("ingest", Source),
        analysis=context.facts("analyze", Analysis),
        ladder=ladder,
        policy=context.params.policy,
        packaged=context.facts("package", Packaged),
        scores=tuple(context.facts(f"measure:{name}", Scores) for name in names),
        renditions=tuple(context.facts(f"stitch:{name}", EncodedVideo) for name in names),
        audios=context.facts_of("audio", AudioTrack),
        texts=context.facts_of("text", TextTrack),
        chapters=context.facts("chapters", ChapterList),
    )


def _expectations(context: StepContext[VerifyParams], title: _Title) -> Expectations:
    return Expectations(
        duration_s=context.params.duration_s,
        segment_s=title.ladder.segment_s,
        videos=title.renditions,
        audios=title.audios,
        texts=title.texts,
    )


def _delivered(context: StepContext[VerifyParams], title: _Title) -> dict[str, Loudness]:
    """Return the loudness of every track as delivered, where it was to be normalised."""
    found = {}
    samples = int(context.params.duration_s * SAMPLE_RATE)
    listening = context.progress.expect(commands(context.beforehand, context.params))
    for place, hear in zip(_normalised(title.audios), listening, strict=True):
        audio = title.audios[place]
        context.bring(f"audio:{audio.name}", "audio.mp4", _delivered_name(place))
        context.run(hear)
        found[audio.name] = read_loudness(context.scratch, place, samples)
    return found


def _normalised(audios: tuple[AudioTrack, ...]) -> list[int]:
    """Return the places of the tracks whose loudness was brought to a target."""
    return [place for place, audio in enumerate(audios) if audio.measured_lufs is not None]


def _delivered_name(place: int) -> str:
    return f"audio-{place}.mp4"


def _take_pictures(context: StepContext[VerifyParams], title: _Title) -> tuple[Still, ...]:
    """Return the worst moments with their pictures written to the report's folder."""
    moments = worst_moments(title.scores)
    if not moments:
        return ()
    context.link_source()
    burn_in, treatment = context.params.burn_in, context.params.treatment
    assert treatment is not None  # there are scores, so there is a picture
    if burn_in is not None:
        bring_burn_in(context, burn_in, treatment)
    for rung in {moment.rung for moment in moments}:
        context.bring(f"stitch:{rung}", "video.mp4", f"{rung}.mp4")
    return tuple(
        _take_picture(context, title, treatment, number, moment)
        for number, moment in enumerate(moments, 1)
    )


def _take_picture(
    context: StepContext[VerifyParams],
    title: _Title,
    treatment: Treatment,
    number: int,
    moment: Moment,
) -> Still:
    size = next((s.width, s.height) for s in title.scores if s.rung == moment.rung)
    still = Still(moment, f"worst-{number:02}-source.jpg", f"worst-{number:02}-encode.jpg")
    context.run(
        extract_moment(
            next(rung for rung in title.ladder.rungs if rung.name == moment.rung),
            treatment,
            moment.score.frame,
            rendition_name=f"{moment.rung}.mp4",
            size=size,
            to=(f"{REPORT}/{still.source_name}", f"{REPORT}/{still.rendition_name}"),
            burn_in=context.params.burn_in is not None,
            limits=context.beforehand.limits,
        )
    )
    return still


def _write_report(context: StepContext[VerifyParams], report: ReportData) -> dict[str, Path]:
    """Write the page and its data, and return every file of the report by its name."""
    folder = context.scratch / REPORT
    names = [name for still in report.stills for name in (still.source_name, still.rendition_name)]
    page = report_html(report, {name: (folder / name).read_bytes() for name in names})
    (folder / "index.html").write_text(page, "utf-8", newline="\n")
    (folder / "report.json").write_text(report_json(report), "utf-8", newline="\n")
    return {f"{REPORT}/{name}": folder / name for name in ("index.html", "report.json", *names)}


# The report names the title, which is no part of what it is made from.
KIND = StepKind(
    "verify",
    VerifyParams,
    run,
    commands,
    tools=(Tool.FFMPEG,),
    draws_text=draws_text,
    cacheable=False,
)
