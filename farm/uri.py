"""What a source's URI means: its scheme, and the path of one that is a file here."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from farm.errors import InvalidSource

WEB = ("http", "https")
SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")


def scheme_of(uri: str) -> str:
    """Return the scheme of a URI in lower case, "" for a plain path."""
    found = SCHEME.match(uri)
    return found[1].lower() if found else ""


def path_of(uri: str) -> Path:
    """Return the absolute path that a plain path or a file:// URI means.

    Raises InvalidSource for other schemes.
    """
    if not (scheme := scheme_of(uri)):
        return Path(uri).absolute()
    parts = urlsplit(uri)
    if scheme != "file" or parts.netloc not in ("", "localhost"):
        raise InvalidSource(
            f"{uri!r} is not a source this farm reads: give a path, a file:///absolute/path,"
            " s3://bucket/key or an https:// URL"
        )
    return Path(unquote(parts.path))
