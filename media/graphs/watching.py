"""Holding every frame of renditions against the source's, small and grey.

At 128 x 72 coding noise is all but gone, while pictures that are black, frozen, garbled, dropped or
late are far off. Each is compared with the source's frames beside it, too, and every fifth with
those two off: where one of those is closer, the rendition is shifted.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import ffmpeg

from media.graphs.picture import copies
from media.graphs.scoring import numbered

WATCHED_SIZE = (128, 72)  # small enough that coding noise is gone, large enough to see motion
FAR_STRIDE = 5  # of frames that are compared with those two off: enough to tell a shift
NEAR, FAR = (-1, 0, 1), (-2, 2)  # offsets in the source, of every frame and of every fifth


def change_name(place: int) -> str:
    """Return the name of the log of all frames of the source against the one before (psnr).

    The source's own logs are named after the first of the renditions that are held against it.
    """
    return f"change-{place}.log"


def detail_names(place: int) -> tuple[str, str]:
    """Return the names of the logs of the source's frames against themselves, a pixel off (psnr).

    The first has each pixel against the one on its right, the second against the one below.
    """
    return f"right-{place}.log", f"below-{place}.log"


def shift_name(place: int, offset: int) -> str:
    """Return the name of the log of frames against the source's `offset` further on (psnr)."""
    return f"shift-{place}-{offset}.log"


def watched(renditions: Mapping[int, Any], reference: Any, fps: Fraction) -> list[Any]:
    """Return the streams that write the logs of renditions, given by their places, as they flow."""
    now, before, look, *references = copies(_small(reference), 3 + len(renditions))
    first = min(renditions)
    streams = [_against(now, _delayed(before), change_name(first)), *_details(look, first)]
    for (place, rendition), around in zip(renditions.items(), references, strict=True):
        streams.append(_beside(_small(rendition), around, place, fps))
    return streams


def _details(pictures: Any, place: int) -> list[Any]:
    width, height = WATCHED_SIZE
    first, again, right, below = copies(pictures, 4)
    size = width - 1, height - 1
    beside = right.filter("crop", *size, 1, 0), below.filter("crop", *size, 0, 1)
    kept = first.filter("crop", *size, 0, 0), again.filter("crop", *size, 0, 0)
    return [
        _against(moved, still, log)
        for moved, still, log in zip(beside, kept, detail_names(place), strict=True)
    ]


def _beside(seen: Any, source: Any, place: int, fps: Fraction) -> Any:
    """Return the stream that compares small pictures with the source's of their time, and beside.

    Before the first frame and behind the last the source stands still.
    """
    *near, far = copies(source, len(NEAR) + 1)
    for branch, offset in zip(near, NEAR, strict=True):
        neighbour = {-1: _delayed, 0: _as_it_is, 1: _hastened}[offset](branch)
        seen = _against(seen, numbered(neighbour, fps), shift_name(place, offset))
    seen = _every(seen, FAR_STRIDE // 2, fps)
    for branch, offset in zip(copies(far, len(FAR)), FAR, strict=True):
        neighbour = _every(branch, FAR_STRIDE // 2 + offset, fps)
        seen = _against(seen, neighbour, shift_name(place, offset))
    return seen


def _as_it_is(stream: Any) -> Any:
    return stream


def _delayed(stream: Any) -> Any:
    return stream.filter("tpad", start=1, start_mode="clone")


def _hastened(stream: Any) -> Any:
    return stream.filter("trim", start_frame=1).filter("tpad", stop=1, stop_mode="clone")


def _against(stream: Any, other: Any, log: str) -> Any:
    return ffmpeg.filter([stream, other], "psnr", stats_file=log, shortest=1)


def _small(stream: Any) -> Any:
    small = stream.filter("scale", *WATCHED_SIZE, flags="area").filter("format", "gray")
    # A title of a frame or two must give its output something, too: FFmpeg refuses an empty one.
    return small.filter("tpad", stop=FAR_STRIDE - 1, stop_mode="clone")


def _every(stream: Any, offset: int, fps: Fraction) -> Any:
    return numbered(stream.filter("select", f"not(mod(n-{offset},{FAR_STRIDE}))"), fps)
