"""The package step over tracks that the real tools made: what it packages, and what fails it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import ToolFailed
from farm.facts import ChapterList, EncodedVideo
from farm.parts import Part, Product
from farm.serial import to_json
from media.text.chapter_formats import chapters_vtt
from planning.params import PackageParams
from qc.conformance.lint import lint
from tests.conftest import stored
from tests.media.packaged import RunCommand, encoded, expectations, full_title, make_inputs
from workers.steps.contract import StepContext
from workers.steps.package import run as package_step

MakeContext = Callable[..., StepContext[PackageParams]]


def part(facts: object, **files: Path) -> Part:
    return stored(Product(to_json(facts), {name.replace("_", "."): p for name, p in files.items()}))


@pytest.fixture
def step(
    run_command: RunCommand, tmp_path: Path, step_context: MakeContext
) -> StepContext[PackageParams]:
    """The step's context for a title of three seconds with one text track dropped."""
    title = replace(full_title(), duration_s=Fraction(3))
    made = tmp_path / "inputs"
    made.mkdir()
    make_inputs(run_command, made, title)
    dropped = replace(title.texts[0], name="text-fr", cues=0, dropped="no cues are left")
    chapters = made / "chapters.vtt"
    chapters.write_text(chapters_vtt(title.chapters), "utf-8")
    inputs = {
        f"stitch:{video.rung}": part(video, video_mp4=made / f"{video.rung}.mp4")
        for video in encoded(title)
    }
    inputs |= {f"audio:{a.name}": part(a, audio_mp4=made / f"{a.name}.mp4") for a in title.audios}
    inputs |= {f"text:{t.name}": part(t, text_vtt=made / f"{t.name}.vtt") for t in title.texts}
    inputs["text:text-fr"] = part(dropped)
    inputs["chapters"] = part(ChapterList(title.chapters, ()), chapters_vtt=chapters)
    params = PackageParams(Fraction(1), Fraction(3), title.rungs)
    return step_context(params=params, inputs=inputs)


def test_the_step_packages_its_inputs_and_leaves_dropped_text_out(
    step: StepContext[PackageParams],
) -> None:
    title = replace(full_title(), duration_s=Fraction(3))
    product = package_step(step).products[""]
    assert product.evidence == {
        "frames": {"h264-72p": 90, "h264-108p": 180, "h264-180p": 180},
    }
    assert [track["name"] for track in product.facts["tracks"]] == [
        *(rung.name for rung in title.rungs),
        *(audio.name for audio in title.audios),
        *(text.name for text in title.texts),
    ]
    assert all(path == step.scratch / "out" / name for name, path in product.files.items())
    checks = lint(step.scratch / "out", expectations(title))
    assert [check.rule for check in checks if check.outcome != "pass"] == []


def test_a_lost_frame_fails_the_step(step: StepContext[PackageParams]) -> None:
    video = step.facts("stitch:h264-180p", EncodedVideo)
    stitched = replace(
        step.inputs["stitch:h264-180p"], facts=to_json(replace(video, frames=video.frames + 1))
    )
    inputs = {**step.inputs, "stitch:h264-180p": stitched}
    with pytest.raises(ToolFailed, match="h264-180p has 180 frames in its segments, but 181 were"):
        package_step(replace(step, inputs=inputs))


def test_text_that_runs_past_the_title_fails_the_step(step: StepContext[PackageParams]) -> None:
    longer = replace(step, params=replace(step.params, duration_s=Fraction(1)))
    with pytest.raises(ToolFailed, match="text-en has text that does not end with the title"):
        package_step(longer)
