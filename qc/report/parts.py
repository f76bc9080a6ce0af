"""Parts of the report's page for another page, which has scripts and a style of its own."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from qc.report.data import ReportData
from qc.report.drawing import draw_quality
from qc.report.page import fill
from qc.report.quality import quality_data, usual_doubt
from qc.report.rate import draw_rates
from qc.report.sound import draw_sounds
from qc.report.tables import tables

NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class ReportParts:
    """HTML; empty where the title has nothing to show there."""

    quality: Markup
    sound: Markup
    rates: Markup
    tables: Markup


def report_parts(report: ReportData) -> ReportParts:
    """Return the figures and tables of a report, and the data chart.js draws the first from."""
    rates, sounds = draw_rates(report), draw_sounds(report)
    return ReportParts(
        quality=_quality(report) if report.scores else NOTHING,
        sound=Markup(fill("sound.html.j2", sounds=sounds)) if sounds else NOTHING,
        rates=Markup(fill("rate.html.j2", rates=rates)) if rates else NOTHING,
        tables=Markup(fill("tables.html.j2", tables=tables(report))),
    )


def _quality(report: ReportData) -> Markup:
    data = quality_data(report)
    filled = fill(
        "quality.html.j2",
        data=data,
        drawing=draw_quality(report),
        doubt=usual_doubt(report),
        top=report.top,
        duration_s=report.duration_s,
    )
    return Markup(filled + fill("quality_data.html.j2", data=data))
