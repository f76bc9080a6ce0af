"""A part of a file, as a request asks for it (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskedRange:
    """Bytes from `first` on; none of a file that is empty."""

    first: int
    size_bytes: int

    def content_range(self, of_bytes: int) -> str:
        """Return the header that says which part of a file this is."""
        return f"bytes {self.first}-{self.first + self.size_bytes - 1}/{of_bytes}"


class RangeBeyondEnd(ValueError):
    """What is asked for begins behind the end of the file."""


def range_asked(header: str | None, of_bytes: int) -> AskedRange | None:
    """Return the part of a file of `of_bytes` that a Range header asks for.

    None where all of it is to be sent: without the header, for several parts at once, and for what
    is no such header, which is to be ignored. Raises RangeBeyondEnd.
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header or "")
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        first, last = max(0, of_bytes - int(found[2])), of_bytes - 1
    else:
        first, last = int(found[1]), min(int(found[2] or of_bytes), of_bytes - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first >= of_bytes:
        raise RangeBeyondEnd
    return AskedRange(first, last - first + 1)
