"""Fields: woven, made into pictures, or taken back to the film they are of."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from ladders.chunks import Cuts
from tests.conftest import MakeContext
from tests.media.media_factory import X264, Clips
from tests.media.shown import SIZE, Run, Shown, numbered, shown

FILM = Fraction(24000, 1001)


def fields(clips: Clips, name: str, graph: str, *options: str) -> Path:
    return clips.make(name, "-f", "lavfi", "-i", graph, *options)


def telecined(clips: Clips) -> Path:
    """Return 96 pictures of film in 120 of NTSC, two of five of which are combed."""
    graph = f"{numbered('24000/1001', 96)},telecine=pattern=23,setfield=tff,format=yuv420p"
    coded = ("-flags", "+ilme+ildct", "-x264-params", "tff=1")
    return fields(clips, "telecined.mp4", graph, *X264, *coded)


def combed(run: Run, title: Shown) -> int:
    """Return how many frames of the top rung look like two fields."""
    path = title.files[title.ladder.rungs[-1].name]
    graph = ("-vf", "idet,metadata=print:file=combs.txt", "-f", "null", "-")
    run(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, "-i", path.name, *graph), "look"), path.parent)
    told = (path.parent / "combs.txt").read_text("ascii")
    return sum(told.count(f"single.current_frame={kind}") for kind in ("tff", "bff"))


def test_film_in_fields_goes_back_to_its_own_pictures(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    title = shown(step_context, run_command, telecined(clips))
    assert title.analysis.film
    assert title.treatment.fps == FILM
    assert title.numbers == list(range(96))
    assert combed(run_command, title) == 0


def test_film_in_fields_is_the_same_in_every_chunk(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    title = shown(step_context, run_command, telecined(clips), cuts=Cuts((0, 48)))
    assert title.numbers == list(range(96))


@pytest.mark.parametrize(("wish", "rate", "count"), [("frame", 25, 75), ("field", 50, 150)])
def test_fifty_fields_become_25_pictures_or_50(
    wish: str, rate: int, count: int, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    graph = f"{numbered(50, 150)},tinterlace=interleave_top,setfield=tff,format=yuv420p"
    coded = ("-flags", "+ilme+ildct", "-x264-params", "tff=1")
    path = fields(clips, "fifty-fields.mp4", graph, *X264, *coded)
    deinterlace = "field" if wish == "field" else "frame"
    title = shown(step_context, run_command, path, deinterlace=deinterlace)  # type: ignore[arg-type]
    assert title.analysis.interlaced
    assert not title.analysis.film
    assert (title.treatment.fps, len(title.frames)) == (Fraction(rate), count)
    assert combed(run_command, title) <= count // 25  # where nothing is before or behind


def test_hevc_that_codes_fields_is_as_high_as_its_pictures(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    graph = f"{numbered(50, 150)},tinterlace=interleave_top,separatefields,format=yuv420p"
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "interlace=tff:log-level=1")
    title = shown(step_context, run_command, fields(clips, "hevc-fields.mp4", graph, *coded))
    picture = title.media.picture
    assert picture is not None
    assert f"{picture.display_width}x{picture.display_height}" == SIZE
    assert (title.treatment.fps, len(title.frames)) == (Fraction(25), 75)
    assert title.frames[0].size == (256, 144)
    assert combed(run_command, title) <= 2
