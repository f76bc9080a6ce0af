"""The report for people: one self-contained HTML page, without a single request to a network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from farm.checks import CheckOutcome, ebu_items_of, layer_of, to_do
from farm.facts import Check
from qc.report.assets import DRAWING, PLOT_SCRIPT, PLOT_STYLE, read_asset
from qc.report.data import ReportData
from qc.report.drawing import draw_quality
from qc.report.hulls import draw_hulls
from qc.report.opening import opening
from qc.report.quality import quality_data, usual_doubt
from qc.report.rate import draw_rates
from qc.report.sound import draw_sounds
from qc.report.stills import shown_moments
from qc.report.tables import ladder_tables, tables

OWN_SCRIPTS = (*DRAWING, "viewer.js")
OWN_STYLE = "page.css"
WEIGHT: tuple[CheckOutcome, ...] = ("fail", "review", "warn")


def report_html(report: ReportData, pictures: Mapping[str, bytes]) -> str:
    """Return the page; `pictures` holds a small JPEG for every name the report's stills mention.

    Raises NotInstalled where the build left out what the page is made with.
    """
    scripts = [read_asset(name) for name in (PLOT_SCRIPT, *OWN_SCRIPTS)] if report.scores else []
    style = _style(report)
    checks, trials = report.verdict.checks, report.ladder.trials
    return fill(
        "page.html.j2",
        policy=_policy(scripts, style),
        style=style,
        scripts=scripts,
        opening=opening(report),
        top=report.top,
        data=quality_data(report) if report.scores else None,
        drawing=draw_quality(report) if report.scores else None,
        doubt=usual_doubt(report),
        sounds=draw_sounds(report),
        rates=draw_rates(report),
        hulls=draw_hulls(report.ladder),
        why=ladder_tables(report),
        windows=len(trials.windows_s) if trials else 0,
        window_s=f"{trials.window_s:g}" if trials else "",
        moments=shown_moments(report, pictures),
        problems=_problems(checks),
        passed=[check for check in checks if check.outcome == "pass"],
        tables=tables(report),
        duration_s=report.duration_s,
        sha256=report.source.sha256,
    )


def fill(template: str, **facts: Any) -> str:
    """Return a template of the report with its facts in their places, escaped."""
    return _templates().get_template(template).render(**facts)


@cache
def _templates() -> Environment:
    from qc.report import words

    made = Environment(
        loader=PackageLoader("qc.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    made.filters |= {"ebu_items": ebu_items_of, "layer": layer_of, "to_do": to_do}
    made.filters |= {"clock": words.clock, "score": words.score, "count": words.count}
    return made


def _problems(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that found something: those that reject, those to decide on, the rest."""
    found = [check for check in checks if check.outcome != "pass"]
    return sorted(found, key=lambda check: WEIGHT.index(check.outcome))


def _style(report: ReportData) -> str:
    """Return the style sheet, with a colour for each place in the ladder."""
    steps = max(1, len(report.scores) - 1)
    places = "".join(
        f".r{place} {{ --share: {1 - (len(report.scores) - 1 - place) / steps:.3f}; }}\n"
        for place in range(len(report.scores))
    )
    plot = read_asset(PLOT_STYLE) if report.scores else ""
    return f"{plot}\n{read_asset(OWN_STYLE)}{places}"


def _policy(scripts: Sequence[str], style: str) -> str:
    """Return the content security policy: these very scripts and this style, no network.

    The large pictures of the worst moments lie beside the page, from where it may load them.
    """
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes([style])};"
        " img-src 'self' data:; base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in digests) or "'none'"
