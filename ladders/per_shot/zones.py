"""What one chunk of a rung is encoded with, where CRFs differ from shot to shot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from farm.ladder import Chunk, Rung, Shot, Zone
from ladders.gop import frames_at
from ladders.per_title.curves import STEP_CRF
from ladders.per_title.tuning import HIGHEST_CRF, LOWEST_CRF


def in_chunk(
    rung: Rung, shots: Sequence[Shot], chunk: Chunk, fps: Fraction, *, zoned: bool
) -> Rung:
    """Return the rung as it is encoded in a chunk: with a zone for each shot there.

    `fps` is the timeline's. An encoder that is not `zoned` has one CRF for all of a chunk: the mean
    of its shots, by how long they last.
    """
    zones = [zone for shot in shots if (zone := _zone(rung, shot, chunk, fps)) is not None]
    if zoned or not zones:
        return replace(rung, zones=tuple(zones))
    frames = frames_at(chunk.frames, fps, rung.fps)
    more = math.fsum(zone.more_crf * (zone.last + 1 - zone.first) for zone in zones) / frames
    moved = rung.crf + round(more / STEP_CRF) * STEP_CRF
    return replace(rung, crf=max(LOWEST_CRF, min(HIGHEST_CRF[rung.codec], moved)))


def _zone(rung: Rung, shot: Shot, chunk: Chunk, fps: Fraction) -> Zone | None:
    more = shot.more_crf.get(rung.name)
    first = max(shot.start_frame, chunk.start_frame) - chunk.start_frame
    end = min(shot.start_frame + shot.frames, chunk.start_frame + chunk.frames) - chunk.start_frame
    if not more or end <= first:
        return None
    return Zone(frames_at(first, fps, rung.fps), frames_at(end, fps, rung.fps) - 1, more)
