"""HDR made SDR, held against a tone map computed apart, and HDR that is kept."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.ladder import Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import Colour
from tests.conftest import MakeContext
from tests.media.encodes import Encoded, Media, RunCommand, encode_title

Triple = tuple[float, float, float]

WIDTH, HEIGHT, PATCH, COLUMNS = 320, 180, 20, 16
BT2020_TO_709 = (  # ITU-R BT.2087, linear light
    (1.6605, -0.5876, -0.0728),
    (-0.1246, 1.1329, -0.0083),
    (-0.0182, -0.1006, 1.1187),
)
BT709, BT2020 = (0.2126, 0.0722), (0.2627, 0.0593)  # what red and blue weigh in luma
PEAK_NITS = 1000.0
GREY_NITS = (0, 1, 5, 10, 25, 50, 75, 100, 150, 203, 300, 450, 600, 800, 950, 1000)
KINDS = (
    *((1, 0.1, 0.1), (0.1, 1, 0.1), (0.1, 0.1, 1), (1, 1, 0.2), (0.2, 1, 1), (1, 0.2, 1)),
    *((0.9, 0.6, 0.45), (0.3, 0.45, 0.8)),  # a face, a sky
)
# Linear BT.2020 light in cd/m2: a row of greys, and one of colours.
PATCHES: tuple[Triple, ...] = (
    *((float(n), float(n), float(n)) for n in GREY_NITS),
    *((level * r, level * g, level * b) for level in (60.0, 300.0) for r, g, b in KINDS),
)
POLICY = LadderPolicy(
    name="hdr",
    codecs=("h264", "hevc", "av1"),
    preset="ultrafast",
    hevc_preset="ultrafast",
    av1_preset=12,
    gop_s=0.5,
    segment_gops=2,
    rungs=tuple(
        PolicyRung(codec=codec, width=WIDTH, height=HEIGHT, max_bps=20_000_000, crf=crf)
        for codec, crf in (("h264", 4), ("hevc", 4), ("av1", 8))
    ),
)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    return Media(tmp_path_factory.mktemp("sources"), run_command)


def pq(nits: float) -> float:
    """Return the signal of a luminance (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 1305 / 8192, 2523 / 32, 107 / 128, 2413 / 128, 2392 / 128
    power = (nits / 10_000) ** m1
    return float(((c1 + c2 * power) / (1 + c3 * power)) ** m2)


def hable(value: float) -> float:
    a, b, c, d, e, f = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30
    return (value * (value * a + b * c) + d * e) / (value * (value * a + b) + d * f) - e / f


def code_values(rgb: Triple, weights: tuple[float, float], bits: int) -> Triple:
    """Return Y, Cb, Cr of limited range of gamma-coded RGB."""
    kr, kb = weights
    y = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2]
    cb, cr = (rgb[2] - y) / (2 * (1 - kb)), (rgb[0] - y) / (2 * (1 - kr))
    scale = 2 ** (bits - 8)
    return (16 + 219 * y) * scale, (128 + 224 * cb) * scale, (128 + 224 * cr) * scale


def in_pq(light: Triple) -> Triple:
    r, g, b = (pq(part) for part in light)
    return code_values((r, g, b), BT2020, 10)


def tone_mapped(light: Triple) -> Triple:
    """Return what a patch should be in BT.709, computed apart from FFmpeg."""
    linear = [sum(k * n / 100 for k, n in zip(row, light, strict=True)) for row in BT2020_TO_709]
    brightest = max(*linear, 1e-6)
    share = hable(brightest) / hable(PEAK_NITS / 100) / brightest
    # What a display of BT.1886 makes that light of.
    r, g, b = (min(1.0, max(0.0, part * share)) ** (1 / 2.4) for part in linear)
    return code_values((r, g, b), BT709, 8)


def saturation(code: Triple, bits: int) -> float:
    """Return how far from grey a colour is, in steps of 8 bits."""
    scale = 2 ** (bits - 8)
    return math.hypot(code[1] / scale - 128, code[2] / scale - 128)


@pytest.fixture(scope="module")
def source(media: Media) -> Path:
    """A second of patches in PQ, mastered at 1,000 cd/m2, without loss."""
    codes = [[round(part) for part in in_pq(light)] for light in PATCHES]
    frame = array("H")
    for plane, step in ((0, 1), (1, 2), (2, 2)):
        for y in range(0, HEIGHT, step):
            row = COLUMNS * (y >= HEIGHT // 2)
            frame.extend(codes[row + x // PATCH][plane] for x in range(0, WIDTH, step))
    (media.folder / "patches.yuv").write_bytes(frame.tobytes() * 24)
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", f"{WIDTH}x{HEIGHT}", "-r", "24")
    tags = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    lit = "log-level=error:hdr10=1:repeat-headers=1:lossless=1:max-cll=1000,400:master-display="
    lit += "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    made = ("-vf", tags, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", lit)
    return media.make("pq.mp4", *raw, "-i", "file:patches.yuv", *made, "-tag:v", "hvc1")


def seen(media: Media, path: Path, bits: int) -> list[Triple]:
    """Return the mean Y, Cb, Cr of each patch's middle in the tenth picture."""
    form = {8: "yuv420p,format=yuv420p16le", 10: "yuv420p10le"}[bits]
    args = (*FFMPEG_PREAMBLE, "-i", f"file:{path}", "-vf", f"select=eq(n\\,10),format={form}")
    output = ("-frames:v", "1", "-f", "rawvideo", "file:seen.yuv")
    media.run(Command(Tool.FFMPEG, (*args, *output), "look"), media.folder)
    data = array("H", (media.folder / "seen.yuv").read_bytes())
    scale = 256 if bits == 8 else 1
    chroma = WIDTH * HEIGHT // 4
    planes = (
        data[: 4 * chroma],
        data[4 * chroma : 5 * chroma],
        data[5 * chroma : 6 * chroma],
    )
    return [
        (
            _middle(planes[0], number, 1) / scale,
            _middle(planes[1], number, 2) / scale,
            _middle(planes[2], number, 2) / scale,
        )
        for number in range(len(PATCHES))
    ]


def _middle(plane: Sequence[int], number: int, step: int) -> float:
    left, top = number % COLUMNS * PATCH + 6, 20 + number // COLUMNS * (HEIGHT // 2)
    values = [
        plane[y // step * (WIDTH // step) + x // step]
        for y in range(top, top + 40, step)
        for x in range(left, left + 8, step)
    ]
    return sum(values) / len(values)


def encoded(source: Path, step_context: MakeContext) -> Encoded:
    colour = Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    treatment = Treatment(0, Fraction(24), False, True, WIDTH, HEIGHT, colour=colour)
    return encode_title(step_context, source, treatment, 24, policy=POLICY)


def test_sdr_has_the_brightness_and_the_colours_of_a_tone_map_computed_apart(
    media: Media, source: Path, step_context: MakeContext
) -> None:
    made = encoded(source, step_context)
    [h264] = [rung.name for rung in made.ladder.rungs if rung.codec == "h264"]
    found, wanted = seen(media, made.files[h264], 8), [tone_mapped(light) for light in PATCHES]
    for light, here, there in zip(PATCHES, found, wanted, strict=True):
        assert here[0] == pytest.approx(there[0], abs=3), light
        assert saturation(here, 8) == pytest.approx(saturation(there, 8), abs=5), light
    greys, colours = found[:COLUMNS], found[COLUMNS:]
    assert all(low[0] < high[0] for low, high in pairwise(greys))  # nothing melts together
    assert max(saturation(grey, 8) for grey in greys) <= 2
    # Washed out is what PQ looks like that is taken for BT.709: grey, and hardly any colour.
    untouched = seen(media, source, 10)[COLUMNS:]
    vivid = sum(saturation(colour, 8) for colour in colours)
    assert vivid > 1.5 * sum(saturation(colour, 10) for colour in untouched)


def test_hdr_that_is_kept_is_the_sources(
    media: Media, source: Path, step_context: MakeContext
) -> None:
    made = encoded(source, step_context)
    wanted = seen(media, source, 10)
    for light, code in zip(PATCHES, wanted, strict=True):
        assert code == pytest.approx(in_pq(light), abs=1)  # the source is what it was meant to be
    for rung in made.ladder.rungs:
        if rung.codec != "h264":
            assert (rung.dynamic_range, rung.bit_depth) == ("hdr10", 10)
            for here, there in zip(seen(media, made.files[rung.name], 10), wanted, strict=True):
                assert here == pytest.approx(there, abs=8)  # two steps of 8 bits
