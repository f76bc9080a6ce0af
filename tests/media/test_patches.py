"""Scenes encoded again, joined into what was there: every codec, full and half rate, any seam."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import EncodedVideo
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.parts import Part
from farm.repairs import Patch, Repair
from farm.serial import from_json
from ladders.chunks import Cuts, tail_frames
from ladders.gop import frames_at
from media.graphs.colour import BT709
from planning.params import EncodeParams, StitchParams
from tests.conftest import MakeContext, stored
from tests.media.encodes import Media, RunCommand, encode_title, ingested, pattern, x264
from tests.media.test_encode_codecs import CODECS
from workers.steps import encode, stitch

FPS, FRAMES = Fraction(30000, 1001), 211
TREATMENT = Treatment(0, FPS, False, False, 320, 180, colour=BT709)
TIMELINE = Timeline(FPS, FRAMES)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    return Media(tmp_path_factory.mktemp("sources"), run_command)


@pytest.mark.parametrize("cuts", [(0,), (0, 3)])
def test_a_patched_rendition_is_on_its_grid_and_has_other_pictures_only_there(
    media: Media, step_context: MakeContext, cuts: tuple[int, ...]
) -> None:
    source = media.make("title.mp4", *pattern(FPS, 8), *x264())
    title = encode_title(step_context, source, TREATMENT, FRAMES, cuts=Cuts(cuts), policy=CODECS)
    assert len(title.chunks) == len(cuts)
    gop = max(rung.gop_frames for rung in title.ladder.rungs)
    start, frames = 3 * gop, 5 * gop  # over the seam, where there is one
    chunk = Chunk(len(cuts), start, frames, tail_frames(TIMELINE, start + frames))
    for rung in title.ladder.rungs:
        patch = Patch(chunk, start / FPS, (start + frames) / FPS, rung.crf, rung.crf - 8, 50.0)
        repair = Repair(80.0, 70.0, 60.0, 50.0, (patch,))
        key, part = patched(step_context, source, rung, patch)
        inputs = {ref: made for ref, made in title.parts.items() if ref.endswith(f"#{rung.name}")}
        params = StitchParams(rung, TIMELINE, title.chunks, repairs=(repair,))
        context = step_context(params=params, inputs={**inputs, key: part})
        product = stitch.run(context).products[""]
        assert from_json(EncodedVideo, product.facts).repairs == (repair,)
        path, step = product.files["video.mp4"], int(FPS / rung.fps)
        count = frames_at(FRAMES, FPS, rung.fps)
        assert media.packets(path) == [
            (n / rung.fps, n % rung.gop_frames == 0) for n in range(count)
        ]
        before, after = (pictures(media, each) for each in (title.files[rung.name], path))
        assert len(before) == len(after) == count
        differ = {n for n in range(count) if before[n] != after[n]}
        there = range(start // step, (start + frames) // step)
        assert differ <= set(there)
        assert len(differ) > len(there) / 2


def pictures(media: Media, path: Path) -> list[str]:
    """Return the digest of every decoded picture."""
    args = (*FFMPEG_PREAMBLE, "-xerror", "-i", f"file:{path}", "-map", "0:v:0")
    output = ("-fps_mode", "passthrough", "-f", "framemd5", "file:pictures.md5")
    media.run(Command(Tool.FFMPEG, (*args, *output), "digests"), media.folder)
    lines = (media.folder / "pictures.md5").read_text("ascii").splitlines()
    return [line.rpartition(",")[2] for line in lines if not line.startswith("#")]


def patched(step_context: MakeContext, source: Path, rung: Rung, patch: Patch) -> tuple[str, Part]:
    """Return the encode of a patch, and the reference to it."""
    richer = replace(rung, crf=patch.new_crf)
    context = step_context(
        params=EncodeParams(TREATMENT, TIMELINE, patch.chunk, (richer,), False),
        inputs={"ingest": ingested(source)},
        wanted=[rung.name],
        source=source,
    )
    [product] = encode.run(context).products.values()
    return f"encode:{rung.name}:repair:{patch.chunk.index}#{rung.name}", stored(product)
