"""The two figures of the page as plain Plotly figures; page.js gives them the theme's colours.

`meta` tells page.js what a trace is: {"rung": place in the ladder, "of": rungs} or {"role": name}.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from farm.facts import Scores, Span
from qc.report import words
from qc.report.curves import thin_out
from qc.report.data import ReportData

Figure = dict[str, Any]

RATE_TICKS_BPS = tuple(step * 10**power for power in range(4, 9) for step in (1, 2, 5))
# A date axis makes clock times of milliseconds, but takes small numbers for years: times begin on
# the second day of 1970.
ZERO_MS = 86_400_000
CURVES_PX, GAP_PX, ROW_PX, TOP_PX, BOTTOM_PX = 340, 28, 22, 72, 40
MAX_MARKS = 2000  # scene cuts drawn; more than that no screen can show apart


def quality_figure(report: ReportData) -> Figure:
    """Return VMAF over time of every rung, with what the source does below it."""
    curves = [_curve(s, i, len(report.scores)) for i, s in enumerate(report.scores)]
    strip = _strip(report)
    lowest = min(score.vmaf.min for score in report.scores)
    below_px = ROW_PX * len(strip) + GAP_PX if strip else 0
    plot_px = CURVES_PX + below_px
    layout = {
        "xaxis": {
            "type": "date",
            "range": _milliseconds((0, float(report.duration_s))),
            "tickformat": "%M:%S" if report.duration_s < 3600 else "%H:%M:%S",
            "tickformatstops": [{"dtickrange": [None, 999], "value": "%M:%S.%L"}],
            "anchor": "y2" if strip else "y",
        },
        "yaxis": {
            "title": {"text": "VMAF"},
            "range": [max(0, lowest // 10 * 10 - 3), 101],
            "domain": [below_px / plot_px, 1],
        },
        "yaxis2": {
            "domain": [0, max(0, below_px - GAP_PX) / plot_px],
            "type": "category",
            "dtick": 1,  # a name for every row
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
        "margin": {"t": TOP_PX, "b": BOTTOM_PX},
        "height": plot_px + TOP_PX + BOTTOM_PX,
    }
    return {"data": [*curves, _moments(report), *strip], "layout": layout}


def rate_figure(report: ReportData) -> Figure:
    """Return the ladder's rate-quality picture: measured bits against measured quality."""
    tracks = [report.track(s.rung) for s in report.scores]
    rates = [track.average_bps if track else None for track in tracks]
    heights = {r.rung: r.height for r in report.renditions}
    stats = [s.vmaf for s in report.scores]
    line = {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": rates,
        "y": [s.harmonic_mean for s in stats],
        "text": [f"{heights[s.rung]}p" for s in report.scores],
        "textposition": "top left",
        "customdata": [
            [score.rung, words.rate(bps), s.p5, s.p1]
            for score, bps, s in zip(report.scores, rates, stats, strict=True)
        ],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>VMAF %{y:.1f}"
        "<br>p5 %{customdata[2]:.1f}, p1 %{customdata[3]:.1f}<extra></extra>",
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [0] * len(stats),
            "arrayminus": [round(max(0, s.harmonic_mean - s.p5), 3) for s in stats],
        },
        "meta": {"role": "ladder"},
    }
    layout = {
        "xaxis": {
            "type": "log",
            "title": {"text": "average bit rate"},
            "tickvals": list(RATE_TICKS_BPS),
            "ticktext": [words.rate(bps).replace(".00", "") for bps in RATE_TICKS_BPS],
        },
        "yaxis": {"title": {"text": "VMAF, harmonic mean"}, "range": [0, 104]},
        "showlegend": False,
        "shapes": _threshold(report.policy.top_harmonic_mean),
        "height": 420,
    }
    return {"data": [line], "layout": layout}


def _curve(scores: Scores, place: int, of: int) -> Figure:
    frames = thin_out(scores.frames)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": scores.rung,
        "x": _milliseconds(frame.time_s for frame in frames),
        "y": [round(frame.vmaf, 1) for frame in frames],
        "customdata": [[frame.frame, frame.ssim, frame.psnr] for frame in frames],
        "hovertemplate": "<b>%{fullData.name}</b><br>%{x|%H:%M:%S.%L}, frame %{customdata[0]}"
        "<br>VMAF %{y}, SSIM %{customdata[1]:.4f}, PSNR %{customdata[2]:.1f} dB<extra></extra>",
        "line": {"width": 2.4 if place == of - 1 else 1.3},
        "meta": {"rung": place, "of": of},
    }


def _moments(report: ReportData) -> Figure:
    scores = [still.moment.score for still in report.stills]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "worst moments",
        "x": _milliseconds(score.time_s for score in scores),
        "y": [score.vmaf for score in scores],
        "text": [str(number) for number in range(1, len(scores) + 1)],
        "customdata": [[still.moment.score.frame, still.moment.rung] for still in report.stills],
        "hovertemplate": "Moment %{text}: VMAF %{y:.1f}<br>click to see it<extra></extra>",
        "cliponaxis": False,
        "meta": {"role": "moment"},
    }


def _strip(report: ReportData) -> list[Figure]:
    """Return the rows under the curves: what happens in the source, where anything does."""
    analysis = report.analysis
    cuts = analysis.scene_cuts_s[:: max(1, -(-len(analysis.scene_cuts_s) // MAX_MARKS))]
    chapters = [float(chapter.start_s) for chapter in report.chapters.chapters]
    rows = [
        _marks("scene cuts", cuts),
        _marks("chapters", chapters),
        _bars("silence", analysis.silence),
        _bars("freeze", analysis.freeze),
        _bars("black", analysis.black),
    ]
    return [row for row in rows if row["x"]]


def _marks(name: str, times_s: Iterable[float]) -> Figure:
    x = _milliseconds(times_s)
    return {**_row(name, x), "mode": "markers"}


def _bars(name: str, spans: Sequence[Span]) -> Figure:
    x: list[int | None] = []
    for span in spans:
        x += [*_milliseconds((span.start_s, span.end_s)), None]  # None lifts the pen
    return {**_row(name, x), "mode": "lines"}


def _row(name: str, x: Sequence[int | None]) -> Figure:
    return {
        "type": "scatter",
        "name": name,
        "x": x,
        "y": [name] * len(x),
        "yaxis": "y2",
        "showlegend": False,
        "cliponaxis": False,
        "hovertemplate": f"{name} %{{x|%H:%M:%S.%L}}<extra></extra>",
        "meta": {"role": name},
    }


def _threshold(vmaf: float | None) -> list[Figure]:
    if vmaf is None:
        return []
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": vmaf, "y1": vmaf}]


def _milliseconds(times_s: Iterable[float]) -> list[int]:
    return [ZERO_MS + round(time_s * 1000) for time_s in times_s]
