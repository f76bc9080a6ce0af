"""A title whose pictures change is the same wherever it is cut for several workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ImageChops, ImageStat

from ladders.chunks import Cuts
from tests.conftest import MakeContext
from tests.media.changing_sources import other_matrix, other_pixels, other_size
from tests.media.media_factory import Clips
from tests.media.shown import Run, flashes, shown

# Segments of about a second: one chunk begins before the change at 2 s, one at it, one behind it.
CUTS = Cuts((0, 1, 2, 3))
MAX_DIFFERENCE = 2  # of 255, mean of a picture: an encoder that starts anew spends its bits anew


@pytest.mark.parametrize(
    "source",
    [other_size, other_pixels, lambda clips, end: other_matrix(clips, end, "0xc83c28")],
    ids=["size", "pixels", "matrix"],
)
def test_chunks_on_both_sides_of_a_change_show_what_one_run_shows(
    source: Callable[[Clips, str], Path], clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    path = source(clips, "ts")
    whole = shown(step_context, run_command, path)
    parts = shown(step_context, run_command, path, cuts=CUTS)
    assert len(parts.frames) == len(whole.frames) == 110
    assert flashes(parts.frames) == flashes(whole.frames)
    for one, other in zip(whole.frames, parts.frames, strict=True):
        assert max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < MAX_DIFFERENCE
