"""Titles as probing and analysis describe them, for tests of what is planned for them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.errors import ReelFarmError
from farm.facts import Analysis
from farm.ladder import CodecName, Ladder, Timeline
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import AudioStream, Colour, Disposition, MediaInfo, TextStream, VideoStream
from farm.plan import StepPlan
from farm.spec import JobSpec, SubtitleSpec
from ladders.chunks import Cuts
from media.probe.refusals import check_media
from planning.adaptive import decide_ladder
from planning.title import TitlePlan, plan_title
from tests.conftest import a_spec

FPS = Fraction(25)
TIMELINE = Timeline(FPS, 1000)
VIDEO = VideoStream(
    index=0,
    codec="h264",
    width=640,
    height=360,
    display_width=640,
    display_height=360,
    rotation=0,
    sar=Fraction(1),
    pix_fmt="yuv420p",
    bit_depth=8,
    field_order="progressive",
    frame_rate=FPS,
    variable_rate=False,
    colour=Colour("bt709", "bt709", "bt709", "tv"),
    start_s=Fraction(0),
    duration_s=Fraction(40),
    frames=1000,
    language=None,
    disposition=Disposition(default=True),
)
POLICY = LadderPolicy(
    name="two",
    rungs=(
        PolicyRung(width=320, height=180, max_bps=300_000, crf=26),
        PolicyRung(width=640, height=360, max_bps=900_000, crf=24),
    ),
)
LOW, TOP = "h264-180p-300k", "h264-360p-900k"
WHOLE = Cuts((0,))


def refusal(name: str, info: MediaInfo) -> str | None:
    """Return the sentence that refuses a source, or nothing where it is taken."""
    try:
        check_media(name, info, [])
    except ReelFarmError as error:
        return error.message
    return None


def sound(index: int, channels: int = 2, **disposition: bool) -> AudioStream:
    return AudioStream(
        index=index,
        codec="aac",
        channels=channels,
        layout="stereo",
        sample_rate=48_000,
        start_s=Fraction(0),
        duration_s=Fraction(40),
        language={1: "en", 2: "de"}.get(index),
        title={2: "Kommentar"}.get(index),
        disposition=Disposition(**disposition),
    )


def subtitles(index: int, language: str | None, *, bitmap: bool = False) -> TextStream:
    codec = "hdmv_pgs_subtitle" if bitmap else "subrip"
    return TextStream(index, codec, bitmap, language, None, Disposition(forced=index == 9))


def media(**changes: Any) -> MediaInfo:
    given = MediaInfo(
        format="matroska,webm",
        size_bytes=1,
        start_s=Fraction(0),
        duration_s=Fraction(40),
        video=(VIDEO,),
        audio=(sound(1, default=True),),
        text=(),
        chapters=(),
    )
    return replace(given, **changes)


def analysis(**changes: Any) -> Analysis:
    given = Analysis(
        timeline=TIMELINE,
        duration_s=Fraction(40),
        interlaced=False,
        scene_cuts_s=(),
        crop=None,
        black=(),
        freeze=(),
        silence=(),
        loudness=(),
        spatial_information=None,
        temporal_information=None,
        missing_s=0.0,
    )
    return replace(given, **changes)


def spec(**changes: Any) -> JobSpec:
    return a_spec(Path("/a/movie.mkv"), Path("/an/origin"), ladder=POLICY, **changes)


def subtitle(language: str, **changes: Any) -> SubtitleSpec:
    return SubtitleSpec(language=language, uri=f"/a/{language}.srt", **changes)


def plan(
    wish: JobSpec | None = None,
    found: MediaInfo | None = None,
    seen: Analysis | None = None,
    cuts: Cuts = WHOLE,
) -> TitlePlan:
    return plan_title(
        wish or spec(), POLICY, ("h264",), found or media(), seen or analysis(), cuts=cuts
    )


def trials(codecs: tuple[CodecName, ...] = ("h264",)) -> tuple[StepPlan, ...]:
    """Return the first steps that a ladder asks for which follows the title."""
    policy = POLICY.model_copy(update={"policy": "per-title"})
    asked = decide_ladder(policy, codecs, media(), analysis(), (), rounds=0)
    assert not isinstance(asked, Ladder)
    return asked


def steps(planned: TitlePlan) -> dict[str, StepPlan]:
    return {step.key: step for step in planned.steps}
