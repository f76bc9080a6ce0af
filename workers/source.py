"""The source of a title: where a URI leads, and how commands and steps get to see it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from farm.command import SOURCE_NAME, Command, Finished
from farm.errors import InvalidSource, ToolFailed
from farm.media import MediaInfo
from farm.parts import Part
from farm.probe import parse_probe, probe_command
from farm.refusals import check_media, unreadable
from workers.programs.leash import CANNOT_RUN

SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")


def resolve_source(uri: str) -> Path:
    """Return the absolute path that a plain path or a file:// URI means.

    Raises InvalidSource for other schemes, and for files that are not there or no regular, readable
    file with something in it.
    """
    path = _path(uri)
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InvalidSource(f"{uri!r} does not exist: check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "its name is not one a file can have"
        raise InvalidSource(f"{uri!r} cannot be read: {reason}") from error
    if stat.S_ISDIR(facts.st_mode):
        raise InvalidSource(f"{uri!r} is a directory: give the file in it")
    if not stat.S_ISREG(facts.st_mode):
        raise InvalidSource(f"{uri!r} is not a regular file: copy its content to one first")
    if not os.access(path, os.R_OK):
        raise InvalidSource(f"{uri!r} may not be read: give this user the permission to")
    if facts.st_size == 0:
        raise InvalidSource(f"{uri!r} is empty: upload it again")
    return path


def link_source(uri: str, ingest_part: Part, scratch: Path) -> None:
    """Make the source readable in `scratch` under its fixed name.

    Raises InvalidSource unless it still is the file that ingest described in its evidence.
    """
    place_link(check_unchanged(uri, ingest_part), scratch)


def check_unchanged(uri: str, ingest_part: Part) -> Path:
    """Return the source's path; raise InvalidSource unless it is the file that ingest described."""
    path = resolve_source(uri)
    if fingerprint(path) != {key: ingest_part.evidence[key] for key in ("size_bytes", "mtime_ns")}:
        raise changed(uri)
    return path


def fingerprint(path: Path) -> dict[str, int]:
    """Return what tells an unchanged file from a changed one, without reading it."""
    facts = path.stat()
    return {"size_bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}


def changed(uri: str) -> InvalidSource:
    """Return the refusal of a source that did not hold still."""
    return InvalidSource(f"{uri!r} changed while it was processed: submit it again")


def place_link(path: Path, scratch: Path) -> None:
    """Link the source into `scratch`, so that no text of a user ever reaches a command."""
    link = scratch / SOURCE_NAME
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())


def probe_source(uri: str, scratch: Path, run: Callable[[Command], Finished]) -> MediaInfo:
    """Return what the source is made of; `run` runs a command in `scratch`.

    Raises InvalidSource or UnsupportedMedia, naming `uri`, for what the farm cannot use.
    """
    path = resolve_source(uri)
    place_link(path, scratch)
    try:
        finished = run(probe_command())
    except ToolFailed as failure:
        status = failure.detail.get("exit_code")
        # Killed, or never started: that says nothing about the source.
        if not isinstance(status, int) or status < 0 or status >= CANNOT_RUN:
            raise
        raise unreadable(uri, _lines(failure.detail.get("stderr"))) from failure
    media = parse_probe(finished.stdout, path.stat().st_size)
    check_media(uri, media, finished.stderr.splitlines())
    return media


def _path(uri: str) -> Path:
    scheme = SCHEME.match(uri)
    if scheme is None:
        return Path(uri).absolute()
    parts = urlsplit(uri)
    if scheme[1].lower() != "file" or parts.netloc not in ("", "localhost"):
        raise InvalidSource(
            f"{uri!r} is not a source this farm reads: give a path or a file:///absolute/path"
        )
    return Path(unquote(parts.path))


def _lines(value: object) -> list[str]:
    return [str(line) for line in value] if isinstance(value, list) else []
