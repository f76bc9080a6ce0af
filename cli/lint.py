"""`reelfarm lint`: the delivery rules held against anybody's presentation."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import options
from cli.document import print_json, print_line
from farm.errors import InvalidSource
from farm.facts import Check

WORDS = {"fail": "✗", "warn": "!", "pass": "✓"}


def lint(
    presentation: Annotated[
        str,
        typer.Argument(
            metavar="URL|DIR",
            help="A manifest or its folder, or the manifest's URL.",
            show_default=False,
        ),
    ],
    all_checks: Annotated[bool, typer.Option("--all", help="Show checks that pass, too.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Hold the delivery rules against a presentation, whoever made it; no farm is needed.

    The exit status is 0 where nothing breaks players, 3 where something does.
    """
    if presentation.startswith(("http://", "https://")):
        with tempfile.TemporaryDirectory(prefix="reelfarm-lint-") as folder:
            document = _of_url(presentation, Path(folder))
    else:
        document = _of_path(Path(presentation))
    if as_json:
        print_json(document)
    else:
        _print(document, all_checks)
    if any(check["outcome"] == "fail" for check in document["checks"]):
        raise typer.Exit(3)


def find_manifests(where: Path) -> tuple[Path, str, str]:
    """Return the folder of a presentation and its manifests in it, HLS and DASH; "" for none.

    Raises InvalidSource where there is none, or several of one kind.
    """
    if where.is_file():
        is_dash = where.suffix == ".mpd"
        return where.parent, "" if is_dash else where.name, where.name if is_dash else ""
    if not where.is_dir():
        raise InvalidSource(f"{where}: there is no such file or folder: check the path")
    playlists = {path.name: _head(path) for path in sorted(where.glob("*.m3u8"))}
    multivariant = [name for name, text in playlists.items() if "#EXT-X-STREAM-INF" in text]
    hls = multivariant or ([*playlists] if len(playlists) == 1 else [])
    dash = sorted(path.name for path in where.glob("*.mpd"))
    for found in (hls, dash):
        if len(found) > 1:
            raise InvalidSource(f"{where} has {', '.join(found)}: name one of them")
    if not hls and not dash:
        raise InvalidSource(
            f"{where} has no multivariant playlist (.m3u8) and no MPD (.mpd): name the manifest"
        )
    return where, hls[0] if hls else "", dash[0] if dash else ""


def _head(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # the lint of it says why


def _of_path(where: Path) -> dict[str, Any]:
    from qc.conformance.lint import lint_presentation

    root, hls, dash = find_manifests(where)
    return _document(str(where), hls, dash, lint_presentation(root, hls, dash))


def _of_url(url: str, folder: Path) -> dict[str, Any]:
    from cli.mirror import mirror
    from qc.conformance.http import lint_server
    from qc.conformance.lint import lint_presentation

    brought = mirror(url, folder)
    checks = lint_presentation(folder, brought.hls, brought.dash)
    return _document(url, brought.hls, brought.dash, (*checks, *lint_server(brought.served)))


def _document(where: str, hls: str, dash: str, checks: Sequence[Check]) -> dict[str, Any]:
    from farm.serial import to_json

    return {
        "presentation": where,
        "hls": hls or None,
        "dash": dash or None,
        "checks": [
            {name: value for name, value in to_json(check).items() if name != "found"}
            for check in checks
        ],
    }


def _print(document: dict[str, Any], all_checks: bool) -> None:
    checks = document["checks"]
    order = ["fail", "warn", "pass"]
    for check in sorted(checks, key=lambda each: order.index(each["outcome"])):
        if all_checks or check["outcome"] != "pass":
            print_line(
                f"{WORDS[check['outcome']]} {check['rule']}: {check['evidence']}"
                f" ({check['title']}; {check['source']})"
            )
    counts = {name: sum(check["outcome"] == name for check in checks) for name in order}
    print_line(f"{counts['fail']} broken, {counts['warn']} advised, {counts['pass']} pass")
