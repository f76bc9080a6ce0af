"""The report for people: one self-contained HTML page, without a single request to anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from string import Template

from qc.report import charts, sections, tables
from qc.report.dossier import Dossier
from qc.report.markup import Raw, data_block, joined, tag, text
from qc.report.stills import moments_section, viewer


def report_html(dossier: Dossier, pictures: Mapping[str, bytes]) -> str:
    """Return the page; `pictures` holds the JPEG of every name the dossier's stills mention."""
    scripts = _scripts() if dossier.scores else []
    figures = {}
    if dossier.scores:
        figures = {
            "quality": charts.quality_figure(dossier),
            "rate": charts.rate_figure(dossier),
        }
    return Template(_resource("page.html")).substitute(
        policy=text(_policy(scripts)),
        title=text(f"{dossier.asset}: QC report"),
        style=_resource("page.css"),
        body=_body(dossier, pictures),
        data=data_block("figures", figures),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _body(dossier: Dossier, pictures: Mapping[str, bytes]) -> Raw:
    return joined(
        [
            sections.header(dossier),
            tag(
                "main",
                sections.reasons(dossier),
                sections.figures_of_merit(dossier),
                sections.quality_over_time(dossier),
                moments_section(dossier.stills, pictures),
                sections.checks(dossier),
                sections.rate_and_quality(dossier),
                tables.renditions(dossier),
                tables.ladder(dossier),
                tables.audio(dossier),
                tables.text_tracks(dossier),
                tables.chapters(dossier),
                tables.source(dossier),
                id="main",
            ),
            sections.footer(dossier),
            viewer() if dossier.stills else "",
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
