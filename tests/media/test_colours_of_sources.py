"""What colours mean where a source says little of them, or what players do not know."""

from __future__ import annotations

import pytest

from tests.conftest import MakeContext
from tests.media.media_factory import Clips
from tests.media.shown import Colour, Run, seen, shown

RED: Colour = (200, 60, 40)
# Twice through 8 or 10 bits of YUV, of which a step is up to 2 of RGB.
TOLERANCE = 5
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=1:lossless=1")


def plain(colour: Colour, size: str = "256x144") -> str:
    named = "0x{:02x}{:02x}{:02x}".format(*colour)
    return f"color={named}:size={size}:rate=25,format=gbrp,trim=end_frame=10"


def in_2020(colour: Colour) -> str:
    """Return a graph of a colour of BT.709 as BT.2020 has it, in ten bits without any tag."""
    tagged = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc"
    moved = "zscale=primaries=bt2020:transfer=bt2020-10:matrix=bt2020nc:range=limited"
    bare = "setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=tv"
    return f"{plain(colour)},{tagged},{moved},format=yuv420p10le,{bare}"


@pytest.mark.parametrize(
    "said", ["colormatrix=bt2020nc", "colorprim=bt2020", "colorprim=bt2020:colormatrix=bt2020nc"]
)
def test_one_tag_of_bt2020_means_all_of_it(
    said: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    coded = (*HEVC[:-1], f"{HEVC[-1]}:{said}")
    name = f"2020-{said.count('=')}-{said[:9]}.mp4"
    path = clips.make(name, "-f", "lavfi", "-i", in_2020(RED), *coded)
    title = shown(step_context, run_command, path)
    assert seen(title.frames[5], 0.5, 0.5) == pytest.approx(RED, abs=TOLERANCE)


@pytest.mark.parametrize(
    "declared",
    [
        ("-color_trc", "smpte2084"),
        ("-color_trc", "arib-std-b67", "-colorspace", "bt2020nc"),
        ("-color_trc", "smpte2084", "-color_primaries", "bt2020"),
    ],
)
def test_hdr_that_leaves_its_primaries_open_is_tone_mapped(
    declared: tuple[str, ...], clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    grey = "color=0x808080:size=256x144:rate=25,format=yuv420p10le,trim=end_frame=5"
    name = f"hdr-{'-'.join(declared[1::2])}.mp4"
    path = clips.make(name, "-f", "lavfi", "-i", grey, *HEVC, *declared)
    title = shown(step_context, run_command, path)
    red, green, blue = seen(title.frames[2], 0.5, 0.5)
    assert 30 < red < 235
    assert max(red, green, blue) - min(red, green, blue) <= 3  # grey stays grey


def test_ycgco_is_converted(clips: Clips, step_context: MakeContext, run_command: Run) -> None:
    tagged = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc"
    moved = "zscale=matrix=ycgco:range=limited:primaries=bt709:transfer=bt709,format=yuv444p"
    coded = ("-c:v", "libx264", "-qp", "0", "-colorspace", "ycgco", "-color_range", "tv")
    given = ("-f", "lavfi", "-i", f"{plain(RED)},{tagged},{moved}", *coded)
    title = shown(step_context, run_command, clips.make("ycgco.mp4", *given))
    assert seen(title.frames[5], 0.5, 0.5) == pytest.approx(RED, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "coder"),
    [
        ("alpha.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
        ("alpha-4444.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
    ],
)
def test_what_is_transparent_is_black(
    name: str,
    coder: tuple[str, ...],
    clips: Clips,
    step_context: MakeContext,
    run_command: Run,
) -> None:
    hidden = "geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(lt(X,W/2),255,0)'"
    graph = f"{plain(RED)},format=gbrap,{hidden}"
    title = shown(step_context, run_command, clips.make(name, "-f", "lavfi", "-i", graph, *coder))
    assert seen(title.frames[5], 0.25, 0.5) == pytest.approx(RED, abs=8)
    assert seen(title.frames[5], 0.75, 0.5) == pytest.approx((0, 0, 0), abs=4)
