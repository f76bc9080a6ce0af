"""The tables of the page: what was made, and of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from farm.found import Span
from farm.repairs import repair_record
from farm.scores import Scores
from farm.serial import to_json
from qc.report.data import ReportData
from qc.report.predicted import MeasuredRung, predicted_rungs
from qc.report.repaired import repairs_told
from qc.report.words import clock, coding, count, fps, rate, score, size

SHOWN = 5  # spans named one by one
# What is measured beside VMAF, SSIM and PSNR where the policy asks for it.
BESIDE: Mapping[str, Callable[[Scores], float | None]] = {
    "XPSNR, dB": lambda scores: scores.xpsnr,
    "CAMBI": lambda scores: scores.banding.cambi if scores.banding else None,
    "Bands added": lambda scores: scores.banding.added if scores.banding else None,
}


@dataclass(frozen=True, slots=True)
class Table:
    """A headed table whose first column heads its rows."""

    title: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[int] = frozenset()  # columns of numbers
    unbroken: frozenset[int] = frozenset()  # columns that stay on one line

    @property
    def identifier(self) -> str:
        return f"{self.title.lower()}-table"


def tables(report: ReportData) -> list[Table]:
    """Return every table that has rows, in the order of the page.

    A ladder that trials decided is not among them: `ladder_tables` stand beside its picture.
    """
    ladder = (_ladder,) if report.ladder.trials is None else ()
    made = (_renditions, _seams, _repairs, *ladder, _audio, _text, _chapters, _source)
    return [table for make in made for table in (make(report),) if table.rows]


def ladder_tables(report: ReportData) -> list[Table]:
    """Return the reasons of a ladder's rungs, and what was predicted of them."""
    return [table for table in (_ladder(report), _predictions(report)) if table.rows]


def _renditions(report: ReportData) -> Table:
    scores = {score.rung: score for score in report.scores}
    beside = {
        name: of
        for name, of in BESIDE.items()
        if any(of(each) is not None for each in report.scores)
    }
    rows = [
        (
            rendition.rung,
            coding(rendition),
            size(rendition.width, rendition.height),
            fps(rendition.fps),
            f"{rendition.frames:,}",
            rate(track.average_bps if track else None),
            rate(track.peak_bps if track else None),
            *_score_cells(scores.get(rendition.rung)),
            *(_shown(scores.get(rendition.rung), of) for of in beside.values()),
            rendition.device,
        )
        for rendition in reversed(report.renditions)
        for track in (report.track(rendition.rung),)
    ]
    head = ("Rung", "Coding", "Size", "fps", "Frames", "Average", "Peak", "VMAF h. mean", "Mean",
            "p5", "p1", "Lowest", "Worst 2 s", "SSIM", "PSNR, dB", *beside, "Device")  # fmt: skip
    columns = frozenset(range(3, 15 + len(beside)))
    unbroken = frozenset({1, 2})
    return Table("Renditions", "Video as delivered", head, rows, columns, unbroken=unbroken)


def _score_cells(scores: Scores | None) -> tuple[str, ...]:
    if scores is None:
        return ("–",) * 8
    vmaf = scores.vmaf
    stats = (vmaf.harmonic_mean, vmaf.mean, vmaf.p5, vmaf.p1, vmaf.min, vmaf.worst_window)
    told = ("–" if value is None else score(value) for value in stats)
    return (*told, f"{scores.ssim:.4f}", f"{scores.psnr:.1f}")


def _shown(scores: Scores | None, of: Callable[[Scores], float | None]) -> str:
    value = None if scores is None else of(scores)
    return "–" if value is None else f"{value:.1f}"


def _seams(report: ReportData) -> Table:
    rows = [
        (
            scores.rung,
            str(len(scores.seams)),
            score(fmean(seam.vmaf for seam in scores.seams)),
            score(scores.vmaf.mean),
            score(worst.vmaf),
            "scored" if worst.high == worst.low else f"{score(worst.low)} to {score(worst.high)}",
            clock(worst.time_s),
        )
        for scores in reversed(report.scores)
        if scores.seams
        for worst in (min(scores.seams, key=lambda seam: seam.vmaf),)
    ]
    head = ("Rung", "Seams", "VMAF beside seams", "Mean of all", "Lowest", "Between", "At")
    caption = "Where chunks meet that were encoded apart: the worse of the two frames there"
    return Table("Seams", caption, head, rows, frozenset(range(1, 7)), frozenset({5}))


def _repairs(report: ReportData) -> Table:
    scored = {score.rung: to_json(score.vmaf) for score in report.scores}
    rows = [
        (
            *(each.rung, each.where, each.crf, each.harmonic_mean, each.p5, each.p1, each.lowest),
            each.worst_window,
        )
        for video in reversed(report.renditions)
        for each in repairs_told(
            video.rung, [repair_record(each) for each in video.repairs], scored.get(video.rung)
        )
    ]
    head = ("Rung", "Encoded again", "CRF", "VMAF h. mean", "p5", "p1", "Lowest", "Worst 2 s")
    caption = "Scenes that missed a threshold, before and after they were encoded with more bits"
    return Table("Repairs", caption, head, rows, frozenset(range(2, 8)), frozenset({2}))


def _ladder(report: ReportData) -> Table:
    kept = [(rung.name, "kept", rung.reason) for rung in reversed(report.ladder.rungs)]
    left = [(rung.name, "left out", rung.reason) for rung in reversed(report.ladder.rejected)]
    caption = f"Policy {report.ladder.policy}, segments of {float(report.ladder.segment_s):g} s"
    return Table("Ladder", caption, ("Rung", "Decision", "Reason"), [*kept, *left])


def _predictions(report: ReportData) -> Table:
    scored = {score.rung: score.vmaf.mean for score in report.scores}
    made = {
        rendition.rung: MeasuredRung(
            track.average_bps if track else None, scored.get(rendition.rung), rendition.missed
        )
        for rendition in report.renditions
        for track in (report.track(rendition.rung),)
    }
    rows = [
        (
            each.name,
            rate(round(each.bps)),
            rate(each.measured.bps),
            score(each.vmaf_v1),
            score(each.vmaf),
            "–" if each.measured.vmaf is None else score(each.measured.vmaf),
            "; ".join(told for told in (each.verdict, each.correction) if told) or "–",
        )
        for each in predicted_rungs(report.ladder, made)
    ]
    head = ("Rung", "Average, predicted", "measured", "VMAF v1, predicted", "VMAF, predicted",
            "measured", "off by")  # fmt: skip
    caption = "VMAF as means; v1 decided, v0.6.1 is what the report measures"
    return Table("Predictions", caption, head, rows, frozenset(range(1, 7)))


def _audio(report: ReportData) -> Table:
    rows = [
        (
            audio.name,
            audio.language,
            audio.title,
            str(audio.channels),
            rate(track.average_bps if track else audio.bps),
            audio.role + (", default" if audio.default else ""),
            "–" if audio.measured_lufs is None else f"{audio.measured_lufs:.1f}",
        )
        for audio in report.audios
        for track in (report.track(audio.name),)
    ]
    head = ("Track", "Language", "Name", "Channels", "Average", "Role", "Source LUFS")
    return Table("Audio", "Audio tracks", head, rows, frozenset({3, 4, 6}))


def _text(report: ReportData) -> Table:
    rows = [
        (
            text.name,
            text.language,
            text.title,
            ", ".join(
                word
                for word, said in (
                    ("forced", text.forced),
                    ("SDH", text.hearing_impaired),
                    (text.role or "", text.role),
                )
                if said
            ),
            f"{text.cues:,}",
            "; ".join([*([f"dropped: {text.dropped}"] if text.dropped else []), *text.issues]),
        )
        for text in report.texts
    ]
    head = ("Track", "Language", "Name", "Kind", "Cues", "Remarks")
    return Table("Text", "Subtitles and captions", head, rows, frozenset({4}))


def _chapters(report: ReportData) -> Table:
    rows = [
        (
            clock(chapter.start_s),
            clock(chapter.end_s),
            " · ".join(
                title if language == "und" else f"{title} ({language})"
                for language, title in sorted(chapter.titles.items())
            ),
        )
        for chapter in report.chapters.chapters
    ]
    return Table("Chapters", "Chapters of the title", ("From", "To", "Title"), rows)


def _source(report: ReportData) -> Table:
    """Return what the source is and what one look at all of it showed."""
    media, analysis = report.source.media, report.analysis
    rows: list[tuple[str, str]] = [
        ("File", f"{report.source_name}, {media.format}, {media.size_bytes:,} bytes"),
        ("Duration", f"{clock(report.duration_s)} ({float(report.duration_s):.3f} s)"),
    ]
    if picture := media.picture:
        kind = "interlaced" if analysis.interlaced else "progressive"
        crop = analysis.crop
        rows += [
            ("Picture", f"{picture.codec} {size(picture.width, picture.height)}, {picture.pix_fmt},"
             f" {fps(picture.frame_rate)} fps, {kind}, {picture.colour.dynamic_range.upper()}"),
            ("Bars", f"picture of {size(*crop[:2])} at {crop[2]}, {crop[3]}" if crop else "none"),
            ("Scene cuts", f"{len(analysis.scene_cuts_s):,}"),
            ("Black", _spans(analysis.black)),
            ("Freeze", _spans(analysis.freeze)),
        ]  # fmt: skip
    if analysis.spatial_information is not None and analysis.temporal_information is not None:
        rows.append(
            (
                "Complexity (ITU-T P.910)",
                f"SI {analysis.spatial_information:.1f}, TI {analysis.temporal_information:.1f}",
            )
        )
    if media.audio:
        rows.append(("Silence", _spans(analysis.silence)))
    rows += [
        (
            f"Loudness of stream {heard.stream_index}",
            f"{heard.integrated_lufs:.1f} LUFS, range {heard.range_lu:.1f} LU,"
            f" peak {heard.true_peak_dbtp:.1f} dBTP",
        )
        for heard in analysis.loudness
    ]
    return Table("Source", "What analysis saw", ("Fact", "Value"), rows)


def _spans(spans: Sequence[Span]) -> str:
    if not spans:
        return "none"
    shown = ", ".join(f"{clock(span.start_s)} to {clock(span.end_s)}" for span in spans[:SHOWN])
    more = len(spans) - SHOWN
    return f"{shown} and {count(more, 'more', 'more')}" if more > 0 else shown
