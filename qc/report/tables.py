"""The tables of the page: what was made, and of what."""

from __future__ import annotations

from collections.abc import Sequence

from farm.found import Span
from qc.report.data import ReportData
from qc.report.rung_tables import (
    Table,
    cross_check_table,
    prediction_table,
    rendition_table,
    repair_table,
    seam_table,
)
from qc.report.words import clock, count, fps, rate, size

SHOWN = 5  # spans named one by one


def tables(report: ReportData) -> list[Table]:
    """Return every table that has rows, in the order of the page.

    A ladder that trials decided is not among them: `ladder_tables` stand beside its picture.
    """
    ladder = (_ladder,) if report.ladder.trials is None else ()
    made = (
        rendition_table,
        cross_check_table,
        seam_table,
        repair_table,
        *ladder,
        _audio,
        _text,
        _chapters,
        _source,
    )
    return [table for make in made for table in (make(report),) if table.rows]


def ladder_tables(report: ReportData) -> list[Table]:
    """Return the reasons of a ladder's rungs, and what was predicted of them."""
    return [table for table in (_ladder(report), prediction_table(report)) if table.rows]


def _ladder(report: ReportData) -> Table:
    kept = [(rung.name, "kept", rung.reason) for rung in reversed(report.ladder.rungs)]
    left = [(rung.name, "left out", rung.reason) for rung in reversed(report.ladder.rejected)]
    caption = f"Policy {report.ladder.policy}, segments of {float(report.ladder.segment_s):g} s"
    return Table("Ladder", caption, ("Rung", "Decision", "Reason"), [*kept, *left])


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
