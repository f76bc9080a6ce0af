"""The trials that decided a ladder, for a person: a table for each codec, and what they took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from farm.ladder import CODEC_NAMES

HEADINGS = ("size", "preset", "CRF", "kbit/s", "VMAF v1", "VMAF", "")
KNOWN = "the trials were known from before"
FIGURES = frozenset({"CRF", "kbit/s", "VMAF v1", "VMAF"})


def print_trials(console: Console, ladder: dict[str, Any]) -> None:
    """Print every trial of a ladder in the record; nothing where it was decided without any."""
    trials = ladder["trials"]
    if trials is None:
        return
    tried = {point["codec"] for point in trials["points"]}
    for codec in (each for each in CODEC_NAMES if each in tried):
        title = f"trials of {codec}, on {len(trials['windows_s'])} x {trials['window_s']:g} s"
        table = Table(title=title, box=None, title_justify="left")
        for heading in HEADINGS:
            table.add_column(heading, justify="right" if heading in FIGURES else "left")
        for row in _rows(trials["points"], codec):
            table.add_row(*row)
        console.print(table)


def print_cost(console: Console, document: dict[str, Any]) -> None:
    """Print what analysis and trials took; nothing for a plan that ran none."""
    trials = document["ladder"] and document["ladder"]["trials"]
    if trials is None:
        return
    tried = f"{trials['cpu_s']:.1f} s of it in trials" if trials["cpu_s"] else KNOWN
    console.print(
        f"analysis took {document['cost']['cpu_s']:.1f} s of processor time, {tried};"
        " a run of this title finds both done",
        highlight=False,
    )


def _rows(points: list[dict[str, Any]], codec: str) -> Iterator[tuple[str, ...]]:
    mine = [point for point in points if point["codec"] == codec]
    for point in sorted(mine, key=lambda p: (p["width"] * p["height"], p["final"], p["bps"])):
        yield (
            f"{point['width']}x{point['height']}",
            point["preset"],
            f"{point['crf']:g}",
            f"{point['bps'] / 1000:.0f}",
            _score(point["vmaf_v1"]),
            _score(point["vmaf"]),
            _mark(point),
        )


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.1f}"


def _mark(point: dict[str, Any]) -> str:
    if point["rung"]:
        return f"[green]● {point['rung']}[/]"
    return "─ on the hull" if point["on_hull"] else "[dim]○ tried[/]"
