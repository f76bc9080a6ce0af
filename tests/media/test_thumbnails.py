"""Thumbnails, drawn by the real FFmpeg and looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
import webvtt
from PIL import Image

from farm.parts import Product
from farm.serial import from_json
from farm.thumbnails import Thumbnails
from tests.conftest import MakeContext
from tests.media.media_factory import (
    X264,
    Clips,
    Make,
    anamorphic,
    hdr10,
    interlaced,
    odd_size,
    pattern,
    rotated,
    start_offset,
    title,
)
from tests.media.source_steps import analysis_of, ingested, picture_params, spec_of
from workers.steps import thumbnails

Colour = tuple[int, int, int]
COLOURS: dict[str, Colour] = {
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "lime": (0, 255, 0),
    "blue": (0, 0, 255),
}


def drawn(make: MakeContext, path: Path) -> tuple[Thumbnails, Product]:
    part = ingested(make, path)
    params = picture_params(part, analysis_of(make, path, part))
    context = make(spec=spec_of(path), params=params, inputs={"ingest": part})
    product = thumbnails.run(context).products[""]
    return from_json(Thumbnails, product.facts), product


def loaded(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.copy()


def colours(clips: Clips, gop: int) -> Path:
    """2 s each of black, red, green and blue, a key frame every `gop` frames."""
    shots = ";".join(
        f"color={name}:size=320x180:rate=24:duration=2[v{index}]"
        for index, name in enumerate(COLOURS)
    )
    joined = "".join(f"[v{index}]" for index in range(len(COLOURS)))
    graph = ("-filter_complex", f"{shots};{joined}concat=n={len(COLOURS)},format=yuv420p[v]")
    keys = ("-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0")
    name = f"colours-{gop}.mp4"
    return clips.make(name, *graph, "-map", "[v]", *X264, *keys)


@pytest.mark.parametrize(("gop", "effort"), [(24, "key frames"), (250, "references")])
def test_each_tile_shows_its_moment_however_far_key_frames_lie_apart(
    gop: int, effort: str, clips: Clips, step_context: MakeContext
) -> None:
    facts, product = drawn(step_context, colours(clips, gop))
    assert product.evidence["effort"] == effort
    assert facts == Thumbnails(
        interval_s=facts.interval_s, columns=5, rows=5, tile_width=284, tile_height=158, count=4
    )
    sheet = loaded(product.files["sprite-00.jpg"])
    assert sheet.size == (5 * 284, 5 * 158)
    cues = webvtt.read(str(product.files["thumbnails.vtt"])).captions
    for cue, colour in zip(cues, COLOURS.values(), strict=True):
        x, y, width, height = (int(n) for n in cue.text.partition("#xywh=")[2].split(","))
        shown = sheet.getpixel((x + width // 2, y + height // 2))
        assert shown == pytest.approx(colour, abs=30)


def test_the_poster_is_not_black(clips: Clips, step_context: MakeContext) -> None:
    """Half of this title is black, and so is what lies a tenth into it."""

    def dark_start(clips: Clips) -> Path:
        dark = ("-vf", "drawbox=t=fill:color=black:enable='lt(t,4)'")
        return clips.make("dark.mp4", *pattern(duration_s=8), *dark, *X264)

    _, product = drawn(step_context, dark_start(clips))
    poster = loaded(product.files["poster.jpg"])
    assert poster.size == (320, 180)
    assert product.evidence["poster_frame"] == 120
    assert max(poster.convert("L").tobytes()) > 150


@pytest.mark.parametrize(
    ("clip", "poster"),
    [
        (title, (320, 180)),
        (rotated, (180, 320)),
        (anamorphic, (320, 180)),
        (odd_size, (320, 178)),
        (interlaced, (320, 180)),
        (hdr10, (320, 180)),
        (start_offset, (320, 180)),
    ],
)
def test_every_kind_of_picture_gets_upright_thumbnails(
    clip: Make, poster: tuple[int, int], clips: Clips, step_context: MakeContext
) -> None:
    facts, product = drawn(step_context, clip(clips))
    assert set(product.files) == {"poster.jpg", "thumbnails.vtt", "sprite-00.jpg"}
    assert loaded(product.files["poster.jpg"]).size == poster
    assert (facts.tile_width > facts.tile_height) is (poster[0] > poster[1])
    assert facts.count == 2


def test_a_long_title_fills_several_sheets(clips: Clips, step_context: MakeContext) -> None:
    source = pattern("64x36", rate="10", duration_s=61)
    facts, product = drawn(step_context, clips.make("long.mp4", *source, *X264, "-g", "20"))
    assert (facts.count, product.evidence["effort"]) == (31, "key frames")
    assert sorted(product.files) == [
        "poster.jpg",
        "sprite-00.jpg",
        "sprite-01.jpg",
        "thumbnails.vtt",
    ]
    for name in ("sprite-00.jpg", "sprite-01.jpg"):
        assert loaded(product.files[name]).size == (5 * 64, 5 * 36)


def test_a_title_of_a_blink_has_a_tile_and_a_poster(
    clips: Clips, step_context: MakeContext
) -> None:
    facts, product = drawn(step_context, clips.make("blink.mp4", *pattern(duration_s=0.25), *X264))
    assert facts.count == 1
    index = product.files["thumbnails.vtt"].read_text("utf-8")
    assert index == "WEBVTT\n\n00:00:00.000 --> 00:00:00.250\nsprite-00.jpg#xywh=0,0,284,158\n"
