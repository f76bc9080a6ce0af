"""`reelfarm plan` and `probe`: what would be done, and what a source is made of."""

from __future__ import annotations

import shlex
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.trials import print_cost, print_trials
from farm.mediainfo import MediaInfo
from farm.record import streams_record
from farm.record_of_ladder import ladder_record
from farm.settings import Settings
from farm.spec import JobSpec
from farm.uri import is_unicode, location_of, path_of
from planning.output_size import SizeRange
from services.locations import open_to_all
from workers.local.dry_run import DryRun, dry_run, probe


def plan_document(spec: JobSpec, settings: Settings) -> dict[str, Any]:
    """Return probe, ladder with reasons, and every step with the exact argv of its programs.

    Of a ladder that follows the title, cli/tried_plan.py has it: what it tries has to be run.
    """
    return _plan(spec, dry_run(spec, open_to_all(settings)))


def _plan(spec: JobSpec, dry_run: DryRun) -> dict[str, Any]:
    return {
        "asset": spec.asset,
        "source": {"uri": spec.source, **media_document(dry_run.media)},
        "ladder": ladder_record(dry_run.ladder),
        "steps": [
            {
                "key": step.plan.key,
                "kind": step.plan.kind,
                "needs": sorted(step.plan.needs),
                "commands": [list(argv) for argv in step.argvs],
            }
            for step in dry_run.steps
        ],
        "predicted": {
            "size_bytes": size_document(dry_run.size),
            "cpu_s": round(dry_run.cpu_s, 1),
        },
    }


def size_document(size: SizeRange) -> dict[str, int]:
    """Return how many bytes would be published."""
    return {"low": size.low_bytes, "expected": size.expected_bytes, "high": size.high_bytes}


def probe_document(uri: str, settings: Settings, program: int | None = None) -> dict[str, Any]:
    """Return what the source is made of, or one programme of it."""
    media = probe(uri, open_to_all(settings), program=program)
    return {"uri": uri if is_unicode(uri) else location_of(path_of(uri)), **media_document(media)}


def media_document(media: MediaInfo) -> dict[str, Any]:
    """Return what a container declares of itself."""
    return {
        "format": media.format,
        "size_bytes": media.size_bytes,
        "duration_s": float(media.duration_s),
        "programmes": [
            {"number": programme.number, "name": programme.name, "streams": [*programme.streams]}
            for programme in media.programmes
        ],
        "programme": media.programme,
        "streams": streams_record(media),
        "chapters": [
            {"start_s": float(c.start_s), "end_s": float(c.end_s), "titles": c.titles}
            for c in media.chapters
        ],
    }


def print_plan(document: dict[str, Any]) -> None:
    """Print a plan for a person: streams, rungs, and each step with its commands."""
    console = Console(soft_wrap=True, emoji=False)
    print_probe(document["source"])
    table = Table(title=f"ladder {document['ladder']['policy']}", box=None, title_justify="left")
    for heading in ("rung", "size", "fps", "cap bit/s", "why"):
        table.add_column(heading, overflow="fold")
    for rung in document["ladder"]["rungs"]:
        size, fps = f"{rung['width']}x{rung['height']}", f"{float(Fraction(rung['fps'])):.6g}"
        cap = f"{rung['target']['max_bps']}"
        table.add_row(f"[green]{rung['name']}[/]", size, fps, cap, rung["reason"])
    for rung in document["ladder"]["rejected"]:
        size, cap = f"{rung['width']}x{rung['height']}", f"{rung['target']['max_bps']}"
        table.add_row(f"[dim]not {rung['name']}[/]", size, "", cap, rung["reason"])
    console.print(table)
    print_trials(console, document["ladder"])
    for step in document["steps"]:
        console.print(f"[bold]{step['key']}[/] after {', '.join(step['needs']) or 'nothing'}")
        for argv in step["commands"]:
            console.print(f"  {shlex.join(argv)}", markup=False, highlight=False)
    predicted = document["predicted"]
    low, high = (predicted["size_bytes"][end] / 1e6 for end in ("low", "high"))
    console.print(
        f"about {low:.1f} to {high:.1f} MB, {predicted['cpu_s']:.0f} s of processor time",
        highlight=False,
    )
    print_cost(console, document)


def print_probe(document: dict[str, Any]) -> None:
    """Print what a source is made of for a person."""
    console = Console(soft_wrap=True, emoji=False)
    head = f"{document['uri']}: {document['format']}, {document['duration_s']:.3f} s"
    console.print(head, markup=False, highlight=False)
    if document["programme"] is not None:
        offered = ", ".join(f"{p['number']} {p['name']}".strip() for p in document["programmes"])
        told = f"  programme {document['programme']} of {offered}"
        console.print(told, markup=False, highlight=False)
    for stream in document["streams"]:
        console.print(f"  {_stream(stream)}", markup=False, highlight=False)


def _stream(stream: dict[str, Any]) -> str:
    language = stream["language"] or "und"
    detail = ""
    if stream["type"] == "video":
        detail = f"{stream['display_width']}x{stream['display_height']} {stream['frame_rate']} fps"
    elif stream["type"] == "audio":
        detail = f"{stream['layout']} {stream['sample_rate']} Hz"
    return f"#{stream['index']} {stream['type']} {stream['codec']} {detail} {language}".rstrip()
