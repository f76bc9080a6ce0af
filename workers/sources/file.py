"""A source that is a file here: where its URI leads, and how commands get to see it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from farm.command import SOURCE_NAME
from farm.errors import InvalidSource

SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")


def scheme_of(uri: str) -> str:
    """Return the scheme of a URI in lower case, "" for a plain path."""
    found = SCHEME.match(uri)
    return found[1].lower() if found else ""


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


def file_identity(path: Path) -> dict[str, int]:
    """Return what tells an unchanged file from a changed one, without reading it."""
    facts = path.stat()
    return {"size_bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}


def place_link(path: Path, scratch: Path) -> None:
    """Link the source into `scratch`, so that no text of a user ever reaches a command."""
    link = scratch / SOURCE_NAME
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())


def _path(uri: str) -> Path:
    if not (scheme := scheme_of(uri)):
        return Path(uri).absolute()
    parts = urlsplit(uri)
    if scheme != "file" or parts.netloc not in ("", "localhost"):
        raise InvalidSource(
            f"{uri!r} is not a source this farm reads: give a path, a file:///absolute/path,"
            " s3://bucket/key or an https:// URL"
        )
    return Path(unquote(parts.path))
