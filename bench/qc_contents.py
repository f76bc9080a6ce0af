"""What sampled scoring is judged by, and apart from that what its estimator was chosen by.

No content of one list is in the other: no shot, no drawing. Real clips where packages or
`shared/media` have them; the rest is made of real ones or drawn by FFmpeg, and says so.
"""

from __future__ import annotations

from pathlib import Path

from bench.bdrate_clips import PAGES, BenchClip, ClipSource, make, shared
from bench.clips import (
    bikes,
    bunny_1080p,
    bunny_1080p60,
    bunny_trailer,
    opencv_box,
    opencv_cup,
    opencv_megamind,
    opencv_street,
    opencv_tree,
)
from bench.qc_title import CHOOSING_TITLE, TITLE, JoinedTitle, make_title

_SMALL = "scale=640:360:force_original_aspect_ratio=increase,crop=640:360"
_NOISE = "noise=alls=14:allf=t"
_DARK = "eq=gamma=0.55:saturation=0.8,noise=c0s=3:c0f=t"
_PAGE = "scale=1440:-2,crop=960:540:'min(iw-960,40*t)':'min(ih-540,90*floor(t))'"

bottle = shared("bottle-360p.mp4")

CHOOSING: tuple[ClipSource | JoinedTitle, ...] = (
    CHOOSING_TITLE,
    ClipSource("qc-trailer", "animation with cuts, 360p24", bunny_trailer, (0, 26), _SMALL),
    ClipSource("qc-noisy", "noisy, 360p24", bunny_1080p, (4, 14), f"{_SMALL},{_NOISE}"),
    ClipSource("qc-tree", "hand-held, 240p24", opencv_tree, (0, 15), fps=24),
    ClipSource("qc-mega", "animation, 528p24", opencv_megamind, (0, 11), fps=24),
)
JUDGING: tuple[ClipSource | JoinedTitle, ...] = (
    ClipSource("qc-animation", "animation, 720p24", bunny_1080p, (18, 12), "scale=1280:720"),
    ClipSource("qc-bikes", "live action, 272p25", bikes, (0, 10)),
    ClipSource("qc-cuts", "animation with cuts, 540p24", bunny_trailer, (28, 24), "scale=960:540"),
    ClipSource("qc-dark", "dark, 360p24", bunny_trailer, (36, 12), f"{_SMALL},{_DARK}"),
    ClipSource("qc-street", "static camera, 576p24", opencv_street, (0, 15), fps=24),
    ClipSource("qc-box", "hand-held, 480p24", opencv_box, (0, 15), fps=24),
    ClipSource("qc-cup", "a cup in a hand, 480p24", opencv_cup, (0, 9), fps=24),
    ClipSource("qc-bottle", "static camera, 360p30", bottle, (16.8, 20), fps=30),
    ClipSource("qc-60", "animation, 540p60", bunny_1080p60, (19, 8), "scale=960:540"),
    ClipSource(
        "qc-page", "screen content, 540p30", lambda: PAGES / "title.png", (0, 12), _PAGE, True
    ),
    TITLE,
)


def content(ffmpeg: Path, source: ClipSource | JoinedTitle, lines: int) -> BenchClip | None:
    """Return a content, made once; None where what it is made of is missing.

    `lines` is the height of joined titles.
    """
    if isinstance(source, JoinedTitle):
        path = make_title(ffmpeg, source, lines)
        return BenchClip(source.name, f"{source.kind}, {lines}p24", "of real", path)
    return make(ffmpeg, source)
