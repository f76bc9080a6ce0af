"""What a title does not take over from its source as it is: said in the record, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RemarkKind = Literal["dropped", "assumed"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing of the source that is not in the title, or is there by a guess of ours."""

    item: str  # "audio stream 1, channels 2-7"
    kind: RemarkKind
    reason: str  # why, and what to ask for to have it otherwise
    streams: tuple[int, ...] = ()  # those of which nothing more need be said
