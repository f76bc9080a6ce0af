"""What a location's URI means: its scheme, and the path of one that is a file here."""

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
    return Path(unquote(parts.path, errors="surrogateescape"))


def location_of(path: Path) -> str:
    """Return the location of an absolute path: itself, or a file:// URI of one not in UTF-8.

    Databases, JSON and players take nothing else; a URI has room for every byte (RFC 8089).
    """
    return str(path) if is_unicode(str(path)) else path.as_uri()


def is_unicode(text: str) -> bool:
    """Return whether text can be encoded; names of files in no known encoding cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
