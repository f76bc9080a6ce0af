"""Captions that travel inside pictures, as steps tell each other of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions in a stream that say something: "CC1" to "CC4" and "T1" to "T4" of CEA-608,
    "SERVICE1" to "SERVICE63" of CEA-708; `same_as` names a channel that says the same.
    """

    name: str
    stream_index: int
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Instream:
    """Captions that a title's pictures carry, for players to choose: "CC1", "SERVICE2"."""

    name: str
    language: str  # BCP-47
