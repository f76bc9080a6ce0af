"""How long a title is and how many pictures a second it has, of sources that leave it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from farm.ladder_policy import LadderPolicy, PolicyRung
from qc.sources import source_checks
from tests.conftest import MakeContext
from tests.media.media_factory import AAC, X264, Clips, tone
from tests.media.shown import Run, Shown, numbered, shown
from tests.media.source_steps import analysis_of, ingested

HALVED = LadderPolicy(
    name="halved",
    preset="ultrafast",
    rungs=(
        PolicyRung(width=128, height=72, max_bps=2_000_000, crf=20, half_rate=True),
        PolicyRung(width=256, height=144, max_bps=8_000_000, crf=8),
    ),
)
PHONE = ("-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-video_track_timescale", "90000")


def phone(clips: Clips, name: str, count: int, times: str) -> Path:
    """Return `count` numbered pictures at times a camera gave them, on a clock of 90 kHz."""
    graph = f"{numbered(30, count)},settb=1/90000,setpts='({times})/TB'"
    given = ("-f", "lavfi", "-i", graph, *tone(count / 30), "-shortest", *X264, "-bf", "0")
    return clips.make(name, *given, *PHONE, *AAC)


@pytest.mark.parametrize(
    ("name", "times", "rate", "rates"),
    [
        ("30.06.mp4", "N/30.06+0.008*sin(N*1.7)+0.008", 30, [30, 30]),
        ("60.5.mp4", "N/60.5+0.004*sin(N*1.7)+0.004", 60, [30, 60]),
    ],
)
def test_the_clock_of_a_phone_means_a_standard_rate_and_no_rung_loses_half(
    name: str,
    times: str,
    rate: int,
    rates: list[int],
    clips: Clips,
    step_context: MakeContext,
    run_command: Run,
) -> None:
    title = shown(step_context, run_command, phone(clips, name, 90, times), policy=HALVED)
    assert title.treatment.fps == rate
    assert [rung.fps for rung in title.ladder.rungs] == rates
    kept = [n for n in title.numbers if n >= 0]
    assert len(set(kept)) >= 75  # of 90: two that shiver into the space of one are one
    assert kept == sorted(kept)


def test_a_clip_that_slows_down_keeps_the_pictures_of_its_fast_part(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    path = phone(clips, "slowing.mp4", 60, "N*N/900")
    title = shown(step_context, run_command, path)
    assert title.treatment.fps >= 30
    first_second = title.numbers[: int(title.treatment.fps)]
    assert len(set(first_second)) >= 25  # of 30, the first six of which take 28 ms


def checks_of(title: Shown) -> dict[str, str]:
    return {check.rule: check.evidence for check in source_checks(title.analysis)}


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_the_last_picture_stands_until_sound_has_ended_and_that_is_said(
    container: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    graph = ("-f", "lavfi", "-i", numbered(25, 25))
    path = clips.make(f"long-sound.{container}", *graph, *tone(2), *X264, *AAC)
    title = shown(step_context, run_command, path)
    assert title.analysis.duration_s == pytest.approx(2, abs=0.08)
    assert title.numbers == [*range(25), *[24] * (len(title.frames) - 25)]
    assert checks_of(title)["source-pictures"].startswith("the last picture is held for 1.")


@pytest.mark.parametrize("container", ["mp4", "mkv", "mov"])
def test_one_picture_with_sound_is_a_still_in_every_container(
    container: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    graph = ("-f", "lavfi", "-i", numbered(25, 1))
    path = clips.make(f"one-picture.{container}", *graph, *tone(2), *X264, *AAC)
    title = shown(step_context, run_command, path)
    assert title.analysis.duration_s == pytest.approx(2, abs=0.08)
    assert set(title.numbers) == {0}


@pytest.mark.parametrize("ending", ["mkv", "mka"])
def test_a_clock_that_starts_at_five_seconds_is_not_cut_short(
    ending: str, clips: Clips, step_context: MakeContext
) -> None:
    pictures = ("-f", "lavfi", "-i", numbered(25, 50)) if ending == "mkv" else ()
    plain = clips.make(f"on-time.{ending}", *pictures, *tone(2), *X264, *AAC)
    moved = ("-itsoffset", "5", "-i", f"file:{plain}", "-map", "0", "-c", "copy", "-copyts")
    path = clips.make(f"at-five.{ending}", *moved)
    analysis = analysis_of(step_context, path, ingested(step_context, path))
    assert analysis.missing_s == 0
    assert analysis.duration_s == pytest.approx(2, abs=0.08)
