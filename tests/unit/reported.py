"""Titles with scores and verdicts, as the step that reports on them knows them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from farm.facts import (
    AudioTrack,
    ChapterList,
    Check,
    EncodedVideo,
    Packaged,
    PackagedTrack,
    Source,
    TextTrack,
)
from farm.found import Span
from farm.ladder import Ladder, Rejected, Rung
from farm.mediainfo import Chapter
from farm.scores import FrameScore, Scores
from farm.spec import QcPolicy
from qc.frames import ScoredFrames, in_columns
from qc.geometry import Seen
from qc.moments import worst_moments
from qc.report import ReportData, Still
from qc.sampling.curve import score_curve
from qc.sampling.statistics import FrameTraits
from qc.scores import stats
from qc.stretches import stretch_frames, worst_stretch
from qc.sync import Heard
from qc.verdict import Evidence, decide
from tests.unit import titles

FPS = titles.FPS
LOW, TOP = titles.LOW, titles.TOP
POLICY = QcPolicy()
CONFORMING = Check("apple-8.2", "One target duration", "pass", "6 s", "Apple HLS Authoring")
JPEG = b"\xff\xd8 a picture \xff\xd9"


def a_rung(name: str, width: int, height: int) -> Rung:
    return Rung(name, "h264", width, height, FPS, 50, "medium", 24.0, 900_000, 1_800_000, "fits")


LADDER = Ladder(
    policy="two",
    rungs=(a_rung(LOW, 320, 180), a_rung(TOP, 640, 360)),
    rejected=(Rejected("h264-1080p-6000k", "h264", 1920, 1080, 6_000_000, "larger than it"),),
    segment_s=Fraction(6),
)


def frames(vmaf: Callable[[int], float], count: int = 200) -> ScoredFrames:
    """Return scored frames of which the n-th has VMAF `vmaf(n)`."""
    return in_columns(
        FrameScore(n * 5, round(n * 5 / float(FPS), 6), vmaf(n), 0.98, 40.0) for n in range(count)
    )


def scores(rung: str, vmaf: Callable[[int], float], count: int = 200) -> Scores:
    """Return the scores of a rung with `frames(vmaf, count)`."""
    values = [score.vmaf for score in frames(vmaf, count)]
    return Scores(
        rung=rung,
        width=640,
        height=360,
        subsample=5,
        model="vmaf_v0.6.1",
        vmaf=replace(stats(values), worst_window=worst_stretch(values, stretch_frames(FPS / 5))),
        ssim=0.98,
        psnr=40.0,
    )


def wave(middle: float) -> Callable[[int], float]:
    return lambda n: round(middle + 4 * math.sin(n / 9), 3)


SCORES = (scores(LOW, wave(60)), scores(TOP, wave(92)))
FRAMES = {LOW: frames(wave(60)), TOP: frames(wave(92))}
AUDIO = AudioTrack("audio-1-stereo", 1, "en", "English", True, 2, 48_000, 160_000, "main")
TEXT = TextTrack("text-en", "en", "English", False, False, 42, None, ())
CHAPTERS = ChapterList((Chapter(Fraction(0), Fraction(40), {"en": "All of it"}),), ())
HEARD = (Heard(4.0, 0), Heard(20.0, -3))


def evidence(**changes: Any) -> Evidence:
    given = Evidence(
        ladder=LADDER,
        scores=SCORES,
        analysis=titles.analysis(),
        audios=(AUDIO,),
        texts=(TEXT,),
        chapters=CHAPTERS,
        delivered={},
        sync=HEARD,
        exact_seeks=True,
        seen=(Seen(20.0, 1.0),),
        conformance=(CONFORMING,),
    )
    return replace(given, **changes)


def a_track(name: str, bps: int) -> PackagedTrack:
    return PackagedTrack(name, "video", "avc1.640028", bps, bps * 2, 7, 40.0)


def report_data(
    policy: QcPolicy = POLICY,
    known: Evidence | None = None,
    scored: Mapping[str, ScoredFrames] = FRAMES,
    **changes: Any,
) -> ReportData:
    """Return a title with everything a report can show; `changes` replace fields."""
    known = known or evidence(analysis=titles.analysis(black=(Span(1, 2),), scene_cuts_s=(3.5,)))
    moments = worst_moments(scored)
    stills = [
        Still(moment, f"worst-{i:02}-source.jpg", f"worst-{i:02}-encode.jpg")
        for i, moment in enumerate(moments, 1)
    ]
    given = ReportData(
        tenant="default",
        asset="title",
        external_id=None,
        source_name="movie.mkv",
        source=Source("ab" * 32, titles.media()),
        analysis=known.analysis,
        policy=policy,
        ladder=known.ladder,
        renditions=tuple(
            EncodedVideo(r.name, "h264", r.width, r.height, r.fps, 1000, "cpu")
            for r in known.ladder.rungs
        ),
        packaged=Packaged(
            "master.m3u8",
            "manifest.mpd",
            (a_track(LOW, 250_000), a_track(TOP, 800_000), a_track(AUDIO.name, 160_000)),
        ),
        scores=tuple(known.scores),
        frames=scored,
        audios=tuple(known.audios),
        texts=tuple(known.texts),
        chapters=known.chapters,
        verdict=decide(policy, known),
        stills=tuple(stills),
    )
    return replace(given, **changes)


def sampled_report(**changes: Any) -> ReportData:
    """Return a title of which one frame in five was scored, and what is expected of the others."""
    curves = {
        rung: score_curve(dict(zip(of.frame, of.vmaf, strict=True)), 1000, FrameTraits())
        for rung, of in FRAMES.items()
    }
    return report_data(curves=curves, **changes)


def audio_only() -> ReportData:
    """Return a title without a picture."""
    ladder = Ladder("two", (), (), Fraction(6))
    seen = titles.analysis(timeline=None)
    return report_data(
        known=evidence(ladder=ladder, scores=(), analysis=seen),
        scored={},
        source=Source("cd" * 32, titles.media(video=())),
    )


def pictures(of: ReportData) -> dict[str, bytes]:
    """Return a JPEG for each name the report data mention."""
    names = [n for still in of.stills for n in (still.source_name, still.rendition_name)]
    return dict.fromkeys(names, JPEG)
