"""High dynamic range with half its tags, and pictures one can half see through."""

from __future__ import annotations

import pytest

from tests.conftest import MakeContext
from tests.media.media_factory import Clips
from tests.media.shown import Colour, Run, seen, shown

RED: Colour = (200, 60, 40)
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=1:lossless=1")
CURVES = ("smpte2084", "arib-std-b67")
PLAIN = "color=0xc83c28:size=256x144:rate=25,format=gbrp,trim=end_frame=5"


def toned(clips: Clips, curve: str, *said: str) -> list[str]:
    """Return what makes a red of BT.2020 in `curve`, of whose tags only `said` are written."""
    tagged = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc"
    moved = f"zscale=primaries=bt2020:transfer={curve}:matrix=bt2020nc:range=limited:npl=100"
    bare = "setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=tv"
    graph = f"{PLAIN},{tagged},{moved},format=yuv420p10le,{bare}"
    return ["-f", "lavfi", "-i", graph, *X265[:-1], ":".join((X265[-1], *said))]


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("said", [(), ("colormatrix=bt2020nc",), ("colorprim=bt2020",)])
def test_a_curve_of_hdr_alone_means_all_of_bt2020(
    curve: str, said: tuple[str, ...], clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    some = (f"transfer={curve}", *said)
    every = (f"transfer={curve}", "colormatrix=bt2020nc", "colorprim=bt2020")
    found = []
    for tags in (some, every):
        path = clips.make(f"{curve}-{len(tags)}-{tags[-1]}.mp4", *toned(clips, curve, *tags))
        title = shown(step_context, run_command, path)
        found.append(seen(title.frames[2], 0.5, 0.5))
    # The pixels are the same, so that the same must be made of them.
    assert found[0] == pytest.approx(found[1], abs=1)
    red, green, blue = found[0]
    assert red > green + 50
    assert abs(green - blue) < 40


@pytest.mark.parametrize(
    ("name", "coder"),
    [
        ("half.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
        ("half-4444.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
    ],
)
def test_what_is_half_transparent_is_half_as_bright(
    name: str, coder: tuple[str, ...], clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    half = "geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a=128"
    path = clips.make(name, "-f", "lavfi", "-i", f"{PLAIN},format=gbrap,{half}", *coder)
    title = shown(step_context, run_command, path)
    # A step of 8-bit YUV is up to 2 of RGB; ProRes is lossy and stored in another matrix.
    assert seen(title.frames[2], 0.5, 0.5) == pytest.approx((100, 30, 20), abs=6)
