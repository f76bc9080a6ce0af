"""The report for people: one self-contained HTML page, without a single request to anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from string import Template

from qc.report import charts, sections, tables
from qc.report.data import ReportData
from qc.report.markup import Raw, data_block, joined, tag, text
from qc.report.stills import moments_section, viewer


def report_html(report: ReportData, pictures: Mapping[str, bytes]) -> str:
    """Return the page; `pictures` holds the JPEG of every name the report's stills mention."""
    scripts = _scripts() if report.scores else []
    figures = {}
    if report.scores:
        figures = {
            "quality": charts.quality_figure(report),
            "rate": charts.rate_figure(report),
        }
    return Template(_resource("page.html")).substitute(
        policy=text(_policy(scripts)),
        title=text(f"{report.asset}: QC report"),
        style=_resource("page.css"),
        body=_body(report, pictures),
        data=data_block("figures", figures),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _body(report: ReportData, pictures: Mapping[str, bytes]) -> Raw:
    return joined(
        [
            sections.header(report),
            tag(
                "main",
                sections.reasons(report),
                sections.figures_of_merit(report),
                sections.quality_over_time(report),
                moments_section(report.stills, pictures),
                sections.checks(report),
                sections.rate_and_quality(report),
                tables.renditions(report),
                tables.ladder(report),
                tables.audio(report),
                tables.text_tracks(report),
                tables.chapters(report),
                tables.source(report),
                id="main",
            ),
            sections.footer(report),
            viewer() if report.stills else "",
        ]
    )


def _scripts() -> list[str]:
    from plotly.offline import get_plotlyjs  # megabytes: only where there is something to draw

    return [get_plotlyjs(), _resource("page.js")]


def _policy(scripts: list[str]) -> str:
    """Return the content security policy: these very scripts, nothing from the network."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts) or "'none'"
    # Plotly places styles of its own; its camera button makes a blob of the figure.
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline';"
        " img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _resource(name: str) -> str:
    return files("qc.report").joinpath(name).read_text("utf-8")
