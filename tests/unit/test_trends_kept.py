"""What is kept of a title's scores: one for each codec and size, with what made it."""

from __future__ import annotations

from fractions import Fraction
from importlib.metadata import version
from typing import Any

import pytest

from farm.facts import EncodedVideo, Source, Verdict
from farm.ladder import Ladder, Rung
from farm.parts import TOOLS, Part
from farm.scored import Maker, ScoreSeries
from farm.scores import Scores, Stats
from farm.serial import to_json
from farm.spec import ExcerptSpec, JobSpec
from qc.trends.kept import rung_scores
from tests.unit.titles import POLICY, media, spec

FPS = Fraction(25)
LINE = "ffmpeg version n9.0.2-17-g2a57 Copyright (c) 2000-2026 the FFmpeg developers"
FFMPEG = {TOOLS: {"ffmpeg": {"version": LINE, "build": "f" * 64}}}
OTHER = {TOOLS: {"ffmpeg": {"version": "ffmpeg version n9.1 x", "build": "e" * 64}}}
PASSED = Verdict("pass", ())


def rung(name: str, codec: Any, width: int, height: int, max_bps: int) -> Rung:
    return Rung(name, codec, width, height, FPS, 50, "medium", 23, max_bps, 2 * max_bps, "offered")


LOW = rung("h264-800p-2000k", "h264", 1920, 800, 2_000_000)
HIGH = rung("h264-800p-4000k", "h264", 1920, 800, 4_000_000)
SMALL = rung("h264-400p-900k", "h264", 960, 400, 900_000)
AV1 = rung("av1-400p-500k", "av1", 960, 400, 500_000)


def made(*rungs: Rung, score: float = 94.0) -> dict[str, Part]:
    """Return what a title's steps have made, scored 94 and a tenth less for each rung after it."""
    parts = {
        "ingest": Part(to_json(Source("ab" * 32, media()))),
        "ladder": Part(to_json(Ladder("two", rungs, (), Fraction(6)))),
    }
    for place, each in enumerate(rungs):
        vmaf = Stats(95, score - place / 10, 80, 88, 70)
        scored = Scores(each.name, 1920, 800, 5, "vmaf_v0.6.1", vmaf, 0.99, 42.0)
        video = EncodedVideo(each.name, each.codec, each.width, each.height, FPS, 1000, "cpu")
        parts[f"encode:0#{each.name}"] = Part({}, evidence=FFMPEG if not place else {})
        parts[f"stitch:{each.name}"] = Part(to_json(video))
        parts[f"measure:{each.name}"] = Part(to_json(scored))
    return parts


def test_of_each_codec_and_size_the_rung_with_the_most_bits_is_kept() -> None:
    kept = rung_scores(spec(), made(SMALL, LOW, HIGH, AV1), PASSED)
    assert [(s.series.codec, s.series.lines, s.harmonic_mean, s.is_top) for s in kept] == [
        ("av1", 540, 93.7, True),
        ("h264", 540, 94.0, False),
        ("h264", 1080, 93.8, True),
    ]


def test_a_score_is_kept_with_all_that_may_move_it() -> None:
    [kept] = rung_scores(spec(), made(HIGH), Verdict("review", ()))
    assert kept.series == ScoreSeries("h264", 1080, "two", "cpu", "vmaf_v0.6.1", 1080)
    assert kept.maker == Maker(
        "n9.0.2-17-g2a57", "f" * 64, version("reelfarm"), "medium", None, kept.maker.policy_digest
    )
    assert (kept.source_sha256, kept.width, kept.height) == ("ab" * 32, 1920, 800)
    assert (kept.harmonic_mean, kept.p5, kept.p1, kept.min) == (94.0, 88, 80, 70)
    assert kept.verdict == "review"


def test_a_policy_is_known_by_what_it_says_and_by_its_version() -> None:
    def maker(wish: JobSpec) -> Maker:
        return rung_scores(wish, made(HIGH), PASSED)[0].maker

    said = spec(versions={"ladder": 3, "qc": 9})
    assert maker(said).policy_version == 3
    other_words = said.model_copy(
        update={"ladder": POLICY.model_copy(update={"source": "elsewhere"})}
    )
    assert maker(other_words).policy_digest == maker(said).policy_digest
    slower = said.model_copy(update={"ladder": POLICY.model_copy(update={"preset": "slow"})})
    assert maker(slower).policy_digest != maker(said).policy_digest


def test_chunks_of_two_builds_are_of_a_maker_of_their_own() -> None:
    parts = made(HIGH)
    parts[f"encode:1#{HIGH.name}"] = Part({}, evidence=OTHER)
    [kept] = rung_scores(spec(), parts, PASSED)
    assert kept.maker.tool == "n9.0.2-17-g2a57 + n9.1"
    assert kept.maker.build not in ("f" * 64, "e" * 64, "")


def test_where_nobody_noted_the_tool_it_is_not_known() -> None:
    parts = made(HIGH)
    parts[f"encode:0#{HIGH.name}"] = Part({})
    [kept] = rung_scores(spec(), parts, PASSED)
    assert (kept.maker.tool, kept.maker.build) == ("", "")


def test_devices_are_told_by_their_kind() -> None:
    parts = made(HIGH)
    video = EncodedVideo(HIGH.name, "h264", 1920, 800, FPS, 1000, "nvenc:1 + nvenc:0 + cpu")
    parts[f"stitch:{HIGH.name}"] = Part(to_json(video))
    [kept] = rung_scores(spec(), parts, PASSED)
    assert kept.series.device == "cpu + nvenc"


@pytest.mark.parametrize(
    "wish", [{"mode": "test"}, {"excerpt": ExcerptSpec(start_s=0, duration_s=5)}]
)
def test_tests_and_excerpts_are_no_titles_to_hold_others_against(wish: dict[str, Any]) -> None:
    assert rung_scores(spec().model_copy(update=wish), made(HIGH), PASSED) == ()


def test_of_sound_alone_and_of_rungs_that_nobody_scored_nothing_is_kept() -> None:
    assert rung_scores(spec(), made(), PASSED) == ()
    parts = made(HIGH, SMALL)
    del parts[f"measure:{HIGH.name}"]
    [kept] = rung_scores(spec(), parts, PASSED)
    assert (kept.series.lines, kept.is_top) == (540, True)
