"""`reelfarm quality`: how titles score, which are far below the rest, what moved scores."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import options
from cli.connection import farm_client
from cli.document import print_line, show


def quality(
    catalog: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of this catalog alone.", show_default=False),
    ] = None,
    url: options.FarmUrl = None,
    key: options.FarmKey = None,
    state: options.StateDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell how the titles of the last 90 days score, and list those far below the rest."""
    with farm_client(url, key, state) as farm:
        show(farm.quality(catalog), _print, as_json)


def _print(found: dict[str, Any]) -> None:
    for sentence in found["words"]:
        print_line(sentence)
    for codec in found["codecs"]:
        for title in codec["outliers"]:
            print_line(f"{title['harmonic_mean']:5.1f}  {title['asset']}  {title['job']}")
