"""Verifying: every check held against the packaged title, one verdict, and the report.

A rejected title is no error here: the verdict is what was asked for, and publishing obeys it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farm.clips import CLIPS
from farm.command import Command, Tool
from farm.errors import ConformanceFailed
from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    EncodedVideo,
    Packaged,
    Source,
    TextTrack,
)
from farm.ladder import Ladder
from farm.parts import Product
from farm.plan import WHOLE
from farm.scores import Scores
from farm.serial import to_json
from farm.spec import QcPolicy
from media.captions.carried import Carried
from media.graphs.clock import seeks_exactly
from planning.params import VerifyParams
from qc.conformance.expectations import Expectations
from qc.conformance.lint import lint
from qc.frames import ScoredFrames
from qc.inventory import unanswered
from qc.provenance import PROVENANCE_NAME, last_name
from qc.report import (
    DOCUMENT_NAME,
    PAGE_NAME,
    ReportData,
    curve_name,
    frames_name,
    report_html,
    report_json,
)
from qc.sampling.curve import ScoreCurve
from qc.trends.kept import rung_scores
from qc.verdict import Evidence, decide
from workers.steps.burn_in import draws_text
from workers.steps.captions import bring_carried
from workers.steps.clips import make_clips
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.heard import bring_heard, heard, hearing_commands
from workers.steps.provenance import write_provenance
from workers.steps.repaired import repaired
from workers.steps.result import StepResult
from workers.steps.scored import bring_curve, bring_frames
from workers.steps.seen import bring_seen, combs_seen, seeing_commands, seen, tints_seen
from workers.steps.stills import small_pair, take_pictures

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
    frames: Mapping[str, ScoredFrames]  # of each rung
    curves: Mapping[str, ScoreCurve]  # of those of which some frames tell of all
    renditions: tuple[EncodedVideo, ...]
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]
    chapters: ChapterList


def commands(facts: Facts, params: VerifyParams) -> tuple[Command, ...]:
    """Return what listens to the sound and looks at the pictures as delivered.

    Those of the worst moments come after that: where they are, only scores tell.
    """
    return (*hearing_commands(facts, params), *seeing_commands(facts, params))


def run(context: StepContext[VerifyParams]) -> StepResult:
    """Return the verdict on a title, and its report in "report/"."""
    title = _title(context)
    _settle(title, chapters_given=context.spec.chapters is not None)
    with context.progress.up_to(BROUGHT):
        generation = context.bring_all("package", GENERATION)
    bring_heard(context)
    bring_seen(context)
    for command in context.progress.expect(commands(context.beforehand, context.params)):
        context.run(command)
    sound = heard(context)
    conformance = lint(generation, _expectations(context, title))
    evidence = Evidence(
        ladder=title.ladder,
        scores=title.scores,
        analysis=title.analysis,
        audios=title.audios,
        texts=title.texts,
        chapters=title.chapters,
        delivered=sound.delivered,
        sync=sound.sync,
        exact_seeks=seeks_exactly(title.source.media),
        seen=seen(context),
        tints=tints_seen(context),
        combed=combs_seen(context),
        conformance=conformance,
    )
    verdict = decide(title.policy, evidence)
    again = repaired(context, verdict, title.scores, title.frames, title.renditions, title.analysis)
    if again is not None:
        return again
    (context.scratch / REPORT).mkdir(exist_ok=True)
    report = ReportData(
        tenant=context.spec.tenant,
        asset=context.spec.asset,
        external_id=context.spec.external_id,
        source_name=last_name(context.spec.source),
        source=title.source,
        analysis=title.analysis,
        policy=title.policy,
        ladder=title.ladder,
        renditions=title.renditions,
        packaged=title.packaged,
        scores=title.scores,
        frames=title.frames,
        curves=title.curves,
        audios=title.audios,
        texts=title.texts,
        chapters=title.chapters,
        verdict=verdict,
        stills=take_pictures(context, title.scores, title.frames, REPORT),
    )
    written = _write_report(context, report)
    written[PROVENANCE_NAME] = write_provenance(context, title.source, verdict, written)
    return StepResult(
        {
            WHOLE: Product(to_json(verdict), written),
            CLIPS: make_clips(context, verdict, title.frames),
        },
        scores=rung_scores(context.spec, context.made(), verdict),
    )


def _settle(title: _Title, *, chapters_given: bool) -> None:
    """Raise ConformanceFailed where nobody says what became of something in the source."""
    media, remarks = title.source.media, title.ladder.remarks
    made = (title.audios, title.texts, title.chapters)
    lost = unanswered(media, *made, remarks, chapters_given=chapters_given)
    if lost:
        named = ", ".join(f"{item.kind} {item.index} ({item.what})" for item in lost)
        raise ConformanceFailed(
            f"nothing says what became of {named} of the source: this is a fault of ReelFarm's,"
            " please report it"
        )


def _title(context: StepContext[VerifyParams]) -> _Title:
    ladder = context.params.ladder
    names = [rung.name for rung in ladder.rungs]
    scores = {scores.rung: scores for scores in context.facts_of("measure", Scores)}
    scored = [name for name in names if name in scores]
    return _Title(
        source=context.facts("ingest", Source),
        analysis=context.facts("analyze", Analysis),
        ladder=ladder,
        policy=context.params.policy,
        packaged=context.facts("package", Packaged),
        scores=tuple(scores[name] for name in scored),
        frames={
            name: bring_frames(context, name, f"{REPORT}/{frames_name(name)}") for name in scored
        },
        curves={
            name: curve
            for name in scored
            if (curve := bring_curve(context, name, f"{REPORT}/{curve_name(name)}"))
        },
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
        instreams=context.params.instreams,
        carried=_carried(context, title),
    )


def _carried(context: StepContext[VerifyParams], title: _Title) -> tuple[Carried, ...]:
    """Return what the source's pictures carry, where it is to stay with them."""
    picture = title.source.media.picture
    if not context.params.instreams or picture is None:
        return ()
    return bring_carried(context, picture.index)


def _write_report(context: StepContext[VerifyParams], report: ReportData) -> dict[str, Path]:
    """Write the page and its data, and return every file of the report by its name."""
    folder = context.scratch / REPORT
    pictures: dict[str, bytes] = {}
    for still in report.stills:
        pictures |= small_pair(context, still, REPORT)
    page = report_html(report, pictures)
    (folder / PAGE_NAME).write_text(page, "utf-8", newline="\n")
    (folder / DOCUMENT_NAME).write_text(report_json(report), "utf-8", newline="\n")
    scores = [frames_name(rung) for rung in report.frames]
    scores += [curve_name(rung) for rung in report.curves]
    names = (PAGE_NAME, DOCUMENT_NAME, *scores, *pictures)
    return {f"{REPORT}/{name}": folder / name for name in names}


def parts(params: VerifyParams) -> dict[str, Any]:
    """Return the key material: clips are a part of their own, which nobody publishes."""
    return dict.fromkeys((WHOLE, CLIPS), to_json(params))


# The report names the title, which is no part of what it is made from.
KIND = StepKind(
    "verify",
    VerifyParams,
    run,
    commands,
    revision=6,
    tools=(Tool.FFMPEG,),
    draws_text=draws_text,
    cacheable=False,
    parts=parts,
)
