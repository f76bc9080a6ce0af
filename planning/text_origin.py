"""Where the text of a track comes from, as its step's parameters say. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FromSidecar:
    """Text of the subtitle file with this index in the request."""

    sidecar: int


@dataclass(frozen=True, slots=True)
class FromStream:
    """Text of the source's stream with this index."""

    stream: int


@dataclass(frozen=True, slots=True)
class FromTracks:
    """Text of two finished tracks, the first one above."""

    tracks: tuple[str, str]


@dataclass(frozen=True, slots=True)
class FromCaptions:
    """Text of CEA-608's channel of this name ("CC1") in the stream with this index.

    Others, of CEA-708 and of CEA-608's text mode, are planned to say that they are left out, and
    why.
    """

    channel: str
    inside: int
    left_out: str | None = None  # why


TextOrigin = FromSidecar | FromStream | FromTracks | FromCaptions
