"""Text drawn into pictures that stay HDR, beside the same in SDR."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import TextTrack
from farm.ladder import Treatment
from farm.mediainfo import Colour
from farm.parts import Product
from farm.serial import to_json
from tests.conftest import MakeContext, stored
from tests.media.encodes import Media, RunCommand, encode_title
from tests.media.test_encode_codecs import CODECS

WORDS = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHHHHHHHHHH\n"
PAPER = {"smpte2084": 0.58, "arib-std-b67": 0.75}  # ITU-R BT.2408, table 1: of the signal


@pytest.fixture
def media(tmp_path: Path, run_command: RunCommand) -> Media:
    return Media(tmp_path, run_command)


def brightest(media: Media, path: Path) -> float:
    """Return the highest luma of the tenth picture, 0 being black and 1 white."""
    args = (*FFMPEG_PREAMBLE, "-i", f"file:{path}", "-vf", "select=eq(n\\,10),format=yuv420p16le")
    output = ("-frames:v", "1", "-f", "rawvideo", "file:seen.yuv")
    media.run(Command(Tool.FFMPEG, (*args, *output), "look"), media.folder)
    data = array("H", (media.folder / "seen.yuv").read_bytes())
    return (max(data[: 320 * 180]) / 256 - 16) / 219


@pytest.mark.parametrize("curve", sorted(PAPER))
def test_letters_are_as_bright_as_paper_and_not_as_the_screen_can_be(
    media: Media, step_context: MakeContext, curve: str
) -> None:
    tags = f"setparams=color_primaries=bt2020:color_trc={curve}:colorspace=bt2020nc:range=tv"
    black = ("-f", "lavfi", "-i", f"color=black:s=320x180:r=24:d=2,format=yuv420p10le,{tags}")
    x265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
    source = media.make("black.mp4", *black, *x265, "-tag:v", "hvc1")
    (media.folder / "text.vtt").write_text(WORDS)
    track = TextTrack("text-en", "en", "", False, False, 1, None, ())
    text = stored(Product(to_json(track), {"text.vtt": media.folder / "text.vtt"}))
    colour = Colour("bt2020", curve, "bt2020nc", "tv")
    treatment = Treatment(0, Fraction(24), False, True, 320, 180, colour=colour)
    made = encode_title(step_context, source, treatment, 48, policy=CODECS, burn_in=text)
    for rung in made.ladder.rungs:
        if rung.width == 320:
            wanted = 1.0 if rung.codec == "h264" else PAPER[curve]
            found = brightest(media, made.files[rung.name])
            assert found == pytest.approx(wanted, abs=0.05), rung.name
