"""Sources of every shape: the size, the colours and the frames that come out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from farm.command import Command, Tool
from farm.errors import InvalidSpec
from farm.facts import TextTrack
from farm.ladder import Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import Colour
from farm.parts import Part, Product
from farm.serial import to_json
from tests.conftest import MakeContext, stored
from tests.media.encodes import Media, RunCommand, encode_title, pattern, x264

FPS = Fraction(24)
ONE_RUNG = LadderPolicy(
    name="one",
    preset="ultrafast",
    gop_s=0.5,
    segment_gops=2,
    rungs=(PolicyRung(width=320, height=180, max_bps=900_000, crf=24),),
)
FONTS = [*Path("/usr/share/fonts").rglob("*.ttf"), *Path("/usr/share/fonts").rglob("*.otf")]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    return Media(tmp_path_factory.mktemp("sources"), run_command)


def treat(width: int, height: int, **changes: Any) -> Treatment:
    bt709 = Colour("bt709", "bt709", "bt709", "tv")
    return replace(Treatment(0, FPS, False, False, width, height, colour=bt709), **changes)


@dataclass(frozen=True)
class Made:
    """A one-rung title: its file and how ffprobe describes it."""

    file: Path
    stream: dict[str, Any]

    @property
    def shape(self) -> tuple[int, int, str, str]:
        stream = self.stream
        assert "side_data_list" not in stream  # no rotation, no mastering metadata
        return stream["width"], stream["height"], stream["sample_aspect_ratio"], stream["nb_frames"]

    @property
    def colours(self) -> tuple[str, ...]:
        names = ("pix_fmt", "color_range", "color_space", "color_transfer", "color_primaries")
        return tuple(self.stream[name] for name in names)


Make = Callable[..., Made]


@pytest.fixture
def make(media: Media, step_context: MakeContext) -> Make:
    """Encode a source to its one rung."""

    def made(source: Path, treatment: Treatment, frames: int, **options: Any) -> Made:
        title = encode_title(step_context, source, treatment, frames, policy=ONE_RUNG, **options)
        (file,) = title.files.values()
        return Made(file, media.stream(file))

    return made


BT709 = ("yuv420p", "tv", "bt709", "bt709", "bt709")


def test_a_turned_film_comes_out_upright(media: Media, make: Make) -> None:
    media.make("lying.mp4", *pattern(24, 1, "640x360"), *x264())
    turned = media.make("turned.mp4", *("-display_rotation:v:0", "-90"), "-i", "lying.mp4", *COPY)
    made = make(turned, treat(360, 640), 24)
    assert made.shape == (180, 320, "1:1", "24")
    assert made.colours == BT709


COPY = ("-c", "copy")


def test_pixels_become_square(media: Media, make: Make) -> None:
    source = media.make("wide.mp4", *pattern(24, 1, "240x180"), "-vf", "setsar=4/3", *x264())
    assert make(source, treat(320, 180), 24).shape == (320, 180, "1:1", "24")


def test_an_odd_size_becomes_even(media: Media, make: Make) -> None:
    odd = ("-vf", "scale=299:169,format=yuv420p", "-c:v", "ffv1")
    source = media.make("odd.mkv", *pattern(24, 1), *odd)
    assert make(source, treat(299, 169), 24).shape == (298, 168, "1:1", "24")


def test_fields_are_woven_into_whole_frames(media: Media, make: Make) -> None:
    weave = (
        *("-vf", "scroll=horizontal=0.02,interlace=scan=tff:lowpass=off"),
        *("-flags", "+ilme+ildct"),
    )
    source = media.make("fields.mp4", *pattern(48, 2), *weave, *x264(), "-x264-params", "tff=1")
    assert interlaced_frames(media, source) > 24
    made = make(source, treat(320, 180, deinterlace=True), 48)
    assert made.shape == (320, 180, "1:1", "48")
    assert made.stream["field_order"] == "progressive"
    assert interlaced_frames(media, made.file) == 0


def interlaced_frames(media: Media, path: Path) -> int:
    """Return how many frames idet sees combing in."""
    args = ("-hide_banner", "-nostdin", "-i", f"file:{path}", "-vf", "idet", "-f", "null", "-")
    printed = media.run(Command(Tool.FFMPEG, args, "idet"), media.folder).stderr
    # FFmpeg builds a graph twice, the first time without frames.
    found = re.findall(r"Multi frame detection: TFF: *(\d+) BFF: *(\d+)", printed)[-1]
    return sum(int(count) for count in found)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_becomes_bt709_without_its_mastering_metadata(
    media: Media, make: Make, transfer: str
) -> None:
    hdr = (
        f"log-level=error:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:hdr10=1"
        ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
        ":max-cll=1000,400"
    )
    x265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", hdr)
    grey = ("-f", "lavfi", "-i", "color=gray:size=320x180:rate=24:duration=1")
    source = media.make(f"{transfer}.mp4", *grey, "-pix_fmt", "yuv420p10le", *x265)
    assert media.stream(source)["color_transfer"] == transfer
    colour = Colour("bt2020", transfer, "bt2020nc", "tv")
    made = make(source, treat(320, 180, tone_map=True, colour=colour), 24)
    assert made.shape == (320, 180, "1:1", "24")
    assert made.colours == BT709
    frames = media.probe(made.file, "-show_frames", "-read_intervals", "%+#1")["frames"]
    kinds = {data["side_data_type"] for data in frames[0].get("side_data_list", [])}
    assert kinds <= {"H.26[45] User Data Unregistered SEI message"}  # x264's own
    # Mid grey of the signal is some 94 cd/m2 in PQ and less in HLG: neither black nor white.
    assert all(30 < value < 235 for frame in media.luma(made.file) for value in set(frame))


def test_undeclared_colours_of_a_small_picture_are_tagged_bt601_and_kept(
    media: Media, make: Make
) -> None:
    source = media.make("untagged.mp4", *pattern(24, 1), *x264())
    bt601 = Colour("smpte170m", "smpte170m", "smpte170m", "tv")
    made = make(source, treat(320, 180, colour=bt601), 24)
    assert made.colours == ("yuv420p", "tv", "smpte170m", "smpte170m", "smpte170m")
    before, after = (sum(media.luma(path)[0]) / (320 * 180) for path in (source, made.file))
    assert after == pytest.approx(before, abs=0.5)


@pytest.mark.parametrize(
    ("name", "pix_fmt", "encoder", "colour"),
    [
        ("rgb.mov", "rgb24", "qtrle", Colour("bt709", "bt709", "gbr", "pc")),
        ("full.mkv", "yuvj420p", "mjpeg", Colour("bt709", "bt709", "bt709", "pc")),
        ("wide.mkv", "yuv420p10le", "ffv1", Colour("bt2020", "bt2020-10", "bt2020nc", "tv")),
    ],
)
def test_other_colours_become_bt709_of_limited_range(
    media: Media, make: Make, name: str, pix_fmt: str, encoder: str, colour: Colour
) -> None:
    white = ("-f", "lavfi", "-i", "color=white:size=320x180:rate=24:duration=0.5")
    source = media.make(name, *white, "-pix_fmt", pix_fmt, "-c:v", encoder)
    made = make(source, treat(320, 180, colour=colour), 12)
    assert made.colours == BT709
    assert all(abs(value - 235) <= 2 for value in set(media.luma(made.file)[0]))


def test_a_variable_rate_becomes_exactly_its_timeline(media: Media, make: Make) -> None:
    drop = ("-vf", "select='lt(t,1)+mod(n,3)'", "-fps_mode", "vfr")
    source = media.make("variable.mp4", *pattern(24, 2.5), *drop, *x264())
    assert int(media.stream(source)["nb_frames"]) == 48
    assert make(source, treat(320, 180), 60).shape == (320, 180, "1:1", "60")


TRACK = TextTrack("text-en", "en", "", False, False, 1, None, ())


@pytest.mark.skipif(not FONTS, reason="no fonts below /usr/share/fonts to draw with")
def test_burned_in_text_shows_at_its_time_in_every_chunk(
    media: Media, make: Make, tmp_path: Path
) -> None:
    cues = "WEBVTT\n\n00:01.000 --> 00:01.500\nFirst\n\n00:04.000 --> 00:04.250\nSecond\n"
    (tmp_path / "text.vtt").write_text(cues)
    text = stored(Product(to_json(TRACK), {"text.vtt": tmp_path / "text.vtt"}))
    black = ("-f", "lavfi", "-i", "color=black:size=320x180:rate=24:duration=6")
    source = media.make("black.mp4", *black, *x264())
    made = make(source, treat(320, 180), 144, slots=3, burn_in=text)
    lit = [n for n, frame in enumerate(media.luma(made.file)) if max(frame) > 128]
    assert lit == [*range(24, 36), *range(96, 102)]


def test_a_dropped_text_cannot_be_burned_in(media: Media, make: Make) -> None:
    dropped = replace(TRACK, cues=0, dropped="no cues are left inside the title")
    source = media.make("plain.mp4", *pattern(24, 0.5), *x264())
    with pytest.raises(InvalidSpec) as caught:
        make(source, treat(320, 180), 12, burn_in=Part(to_json(dropped)))
    assert caught.value.message == (
        "nothing to burn in: the en text text-en was dropped,"
        " since no cues are left inside the title"
    )
