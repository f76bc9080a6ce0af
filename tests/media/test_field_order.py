"""Fields that become pictures of their own: in the order in which they were taken."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from PIL import Image

from farm.command import Limits
from media.graphs.combing import comb_stretches, look_for_combs
from tests.conftest import MakeContext
from tests.drifting import drifting
from tests.media.media_factory import X264, Clips
from tests.media.shown import Run, analysed, numbered, shown
from tests.media.source_steps import ingested

STEP = 5  # pixels that the bar of `numbered` moves with each picture


def bar_at(frame: Image.Image) -> float:
    """Return where the middle of the bar is, in the middle of the lower half."""
    row = frame.convert("L").crop(
        (0, 3 * frame.height // 4, frame.width, 3 * frame.height // 4 + 1)
    )
    lit = [x for x, value in enumerate(row.tobytes()) if value > 128]
    return sum(lit) / len(lit)


def test_steps_of_one_value_that_wander_are_no_fields(
    clips: Clips, step_context: MakeContext
) -> None:
    slow = drifting("640x360", 8, speed=0.005, colours=(0x1CF44D, 0x2EE433))
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
    path = clips.make("slow.mkv", "-f", "lavfi", "-i", slow, *coded)
    found = analysed(step_context, path, ingested(step_context, path))
    assert found.pictures is not None
    assert (found.interlaced, found.pictures.combed) == (False, ())


def test_fields_are_counted_the_same_each_time(clips: Clips, run_command: Run) -> None:
    # Copies of pictures of this width have longer lines in memory than what decoders hand out.
    graph = "testsrc2=size=320x180:rate=25:duration=4"
    path = clips.make("narrow.mkv", "-f", "lavfi", "-i", graph, "-c:v", "ffv1")
    look = look_for_combs(Fraction(4), Fraction(25), path.name, Limits())
    counts = []
    for _ in range(6):
        run_command(look, path.parent)
        counts.append((path.parent / comb_stretches(Fraction(4))[0].name).read_text())
    assert counts == counts[:1] * 6


@pytest.mark.parametrize(
    ("first", "flag"), [("top", "tff"), ("bottom", "bff"), ("bottom", "tff")], ids=str
)
def test_what_moves_goes_on_with_every_field_whichever_comes_first(
    first: str, flag: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    graph = f"{numbered(50, 150)},tinterlace=interleave_{first},setfield={flag},format=yuv420p"
    coded = ("-flags", "+ilme+ildct", "-x264-params", f"{flag}=1")
    path = clips.make(f"{first}-{flag}.mp4", "-f", "lavfi", "-i", graph, *X264, *coded)
    title = shown(step_context, run_command, path, deinterlace="field")
    assert (title.treatment.fps, len(title.frames)) == (Fraction(50), 150)
    places = [bar_at(frame) for frame in title.frames[1:-1]]
    # In the wrong order it would go back with every other picture.
    steps = [after - before for before, after in pairwise(places) if after > before - 100]
    assert min(steps) > 0
    assert max(steps) < 2 * STEP + 2
