"""Whether pictures keep the shape of the source, seen in titles that are right and wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from farm.command import SOURCE_NAME, Limits
from farm.ladder import Rung, Timeline, Treatment
from media.graphs.geometry import glances, take_glances
from qc.geometry import see
from tests.conftest import MakeContext
from tests.media.changing_sources import other_pixels, other_size
from tests.media.encodes import encode_title
from tests.media.media_factory import Clips, anamorphic, rotated, start_offset
from tests.media.shown import SHARP, Run, shown


def stretches(
    run: Run, folder: Path, source: Path, title: Path, treatment: Treatment, rung: Rung, frames: int
) -> list[float | None]:
    """Return how much too wide pictures are where a title is looked at."""
    folder.mkdir()
    shutil.copyfile(source, folder / SOURCE_NAME)
    shutil.copyfile(title, folder / "top.mp4")
    chosen = glances(treatment, Timeline(treatment.fps, frames), rung)
    for command in take_glances(chosen, treatment, rung, "top.mp4", Limits(wall_s=60)):
        run(command, folder)
    return [
        see(
            0.0,
            glance.shape.width / glance.shape.height,
            rung.width / rung.height,
            (folder / glance.source_name).read_bytes(),
            (folder / glance.rendition_name).read_bytes(),
        ).stretch
        for glance in chosen
    ]


@pytest.mark.parametrize(
    ("make", "places"),
    [
        (anamorphic, 2),
        (rotated, 2),
        (start_offset, 2),
        *((partial(other_size, container=container), 4) for container in ("ts", "mp4")),
        *((partial(other_pixels, container=container), 4) for container in ("ts", "mkv")),
    ],
)
def test_a_title_with_the_shapes_of_its_source_is_found_so(
    make: Callable[[Clips], Path],
    places: int,
    clips: Clips,
    step_context: MakeContext,
    run_command: Run,
    tmp_path: Path,
) -> None:
    source = make(clips)
    title = shown(step_context, run_command, source)
    top = title.ladder.rungs[-1]
    found = stretches(
        *(run_command, tmp_path / "seen", source, title.files[top.name]),
        *(title.treatment, top, len(title.frames)),
    )
    assert found == [1.0] * places


def test_pixels_whose_shape_was_ignored_are_found_too_wide(
    clips: Clips, step_context: MakeContext, run_command: Run, tmp_path: Path
) -> None:
    source = other_pixels(clips, "ts")
    title = shown(step_context, run_command, source)
    top = title.ladder.rungs[-1]
    ignorant = replace(title.treatment, shapes=())  # as though all were 16:9
    frames = len(title.frames)
    wrong = encode_title(step_context, source, ignorant, frames, policy=SHARP)
    assert stretches(
        *(run_command, tmp_path / "seen", source, wrong.files[top.name]),
        *(title.treatment, top, frames),
    ) == [4 / 3, 4 / 3, 1.0, 1.0]
