"""What decoders said of the renditions that were delivered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.facts import Check
from farm.scores import Scores

DECODER_SOURCE = "every frame delivered, decoded by FFmpeg"


def decoding_checks(scores: Sequence[Scores]) -> Iterable[Check]:
    """Yield the check that decoders had nothing to say, where somebody listened."""
    decoded = [(each.rung, each.complaints) for each in scores if each.complaints is not None]
    if not decoded:
        return
    damaged = [
        f"{rung}: {'1 complaint' if told.count == 1 else f'{told.count} complaints'}, {told.first}"
        for rung, told in decoded
        if told.count
    ]
    yield Check(
        "decoding",
        "Coded pictures decode without a complaint",
        "fail" if damaged else "pass",
        "; ".join(damaged) or f"{len(decoded)} rungs",
        DECODER_SOURCE,
    )
