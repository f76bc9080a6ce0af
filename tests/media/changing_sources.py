"""Sources whose pictures change on the way: parts joined without being encoded again."""

from __future__ import annotations

from pathlib import Path

from tests.media.media_factory import X264, Clips
from tests.media.shown import disc

FRAMES_A, FRAMES_B = 50, 60  # of the two parts, at 25 fps
LARGE, SMALL = (256, 144), (128, 96)


def joined(clips: Clips, name: str, *parts: tuple[str, ...]) -> Path:
    """Return the file `name` of parts: a graph and the options of its encoder each."""
    keys = ("-g", "25", "-bf", "0")
    made = [
        clips.make(f"{name}-{n}.ts", "-f", "lavfi", "-i", graph, *X264, *keys, *options)
        for n, (graph, *options) in enumerate(parts)
    ]
    listed = "".join(f"file '{path}'\n" for path in made)
    clips.write(f"{name}.txt", listed.encode())
    source = ("-f", "concat", "-safe", "0", "-i", f"{name}.txt", "-c", "copy")
    return clips.make(name, *source)


def other_size(clips: Clips, container: str) -> Path:
    """16:9, then a smaller 4:3."""
    large, small = (f"{width}x{height}" for width, height in (LARGE, SMALL))
    parts = ((disc(small, FRAMES_A),), (disc(large, FRAMES_B),))
    return joined(clips, f"other-size.{container}", *parts)


def other_pixels(clips: Clips, container: str) -> Path:
    """180x144 all through, shown as 4:3 first and as 16:9 then."""
    narrow = disc("192x144", FRAMES_A, stored="180:144,setsar=16/15")
    wide = disc("256x144", FRAMES_B, stored="180:144,setsar=64/45")
    return joined(clips, f"other-pixels.{container}", (narrow,), (wide,))


def other_matrix(clips: Clips, container: str, colour: str) -> Path:
    """One colour, stored by the matrix of BT.709 and then by that of BT.601."""
    parts = []
    for matrix, frames in (("bt709", FRAMES_A), ("smpte170m", FRAMES_B)):
        tags = ("-colorspace", matrix, "-color_primaries", "bt709", "-color_trc", "bt709")
        graph = f"color={colour}:size=256x144:rate=25,format=gbrp,trim=end_frame={frames}"
        graph += f",scale=out_color_matrix={matrix}:out_range=tv"
        parts.append((f"{graph},format=yuv420p", *tags))
    return joined(clips, f"other-matrix.{container}", *parts)
