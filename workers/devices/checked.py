"""Looking at what a device made, once the commands of the check have run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from farm.ladder import Chunk, Rung, Timeline
from media.graphs.device_check import Spot, garbage, packets_name, pictures_name, spots


def check_chunk(
    folder: Path,
    timeline: Timeline,
    chunk: Chunk,
    rung: Rung,
    looked_at: Sequence[Spot] | None = None,
) -> str | None:
    """Return what is wrong with a rung's chunk in `folder`, None where nothing is.

    The commands of `source_spots`, for these spots or all, and of `rung_spots` have run there.
    """
    places = spots(timeline, chunk, rung) if looked_at is None else looked_at
    return garbage(
        timeline,
        chunk,
        rung,
        (folder / packets_name(rung)).read_text("ascii"),
        (folder / pictures_name(rung)).read_bytes(),
        {spot.frame: (folder / spot.source_name).read_bytes() for spot in places},
        places,
    )
