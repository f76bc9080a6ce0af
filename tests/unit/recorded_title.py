"""A title that was made, as parts of done steps and rows, for tests of its record."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    Check,
    EncodedVideo,
    Packaged,
    PackagedTrack,
    Published,
    Source,
    TextTrack,
    Verdict,
)
from farm.ladder import Ladder, Rejected, Rung
from farm.mediainfo import (
    AudioStream,
    Chapter,
    Colour,
    Disposition,
    MediaInfo,
    TextStream,
    VideoStream,
)
from farm.parts import Part
from farm.remarks import Remark
from farm.scores import Scores, Stats
from farm.serial import to_json
from farm.snapshots import JobSnapshot, StepSnapshot

FPS = Fraction(30000, 1001)
BEGAN = datetime(2026, 11, 26, 3, 0, 0, tzinfo=UTC)
ENDED = datetime(2026, 11, 26, 3, 5, 30, tzinfo=UTC)
NO_FLAGS = Disposition()
VMAF = Stats(93.5, 92.0, 71.0, 80.0, 70.5, 78.0)
LEFT_OUT = Remark("programme 2", "dropped", "the title is made of programme 1")
CHECK = Check("apple-8.2", "One target duration", "pass", "6 s", "Apple")


def a_job(*steps: StepSnapshot, ended: datetime | None = None, **changes: Any) -> JobSnapshot:
    given = {
        **{"id": "5f0c", "tenant": "default", "asset": "movie", "external_id": "42"},
        **{"catalog": None, "state": "RUNNING", "priority": 0},
    }
    rows = {"error": None, "spec": {"source": "movie.mkv"}, "created_at": BEGAN}
    return JobSnapshot(**{**given, **rows, "finished_at": ended, "steps": steps, **changes})


def a_rung(name: str, width: int, height: int) -> Rung:
    return Rung(name, "h264", width, height, FPS, 60, "medium", 23.0, 10**6, 2 * 10**6, "fits")


def media() -> MediaInfo:
    picture = VideoStream(
        *(0, "h264", 640, 360, 640, 360, 0, Fraction(1), "yuv420p", 8, "progressive"),
        *(FPS, False, Colour(), Fraction(0), None, None, None, NO_FLAGS),
    )
    sound = AudioStream(
        2, "aac", 2, "stereo", 48_000, Fraction(0), Fraction(10), "en", None, NO_FLAGS
    )
    text = TextStream(1, "subrip", False, "de", None, NO_FLAGS)
    streams = ((picture,), (sound,), (text,))
    return MediaInfo("matroska", 1000, Fraction(0), Fraction(21, 2), *streams, ())


def made() -> dict[str, Part]:
    """Return the parts of a published title: two rungs, of which one has scores and rates."""
    low, top = a_rung("low", 320, 180), a_rung("top", 640, 360)
    rejected = Rejected("huge", "h264", 1920, 1080, 6_000_000, "larger than the source")
    analysis = Analysis(None, Fraction(10), False, (), None, (), (), (), (), None, None, 0.5)
    chapters = (Chapter(Fraction(0), Fraction(5), {"en": "One"}),)
    facts: dict[str, object] = {
        "ingest": Source("abc123", media()),
        "analyze": analysis,
        "ladder": Ladder("two", (low, top), (rejected,), Fraction(6), (LEFT_OUT,)),
        "stitch:top": EncodedVideo("top", "h264", 640, 360, FPS, 300, "cpu"),
        "stitch:low": EncodedVideo("low", "h264", 320, 180, FPS, 300, "cpu"),
        "audio:audio-0-stereo": AudioTrack(
            *("audio-0-stereo", 2, "en", "", True, 2, 48_000, 160_000, "main", -50.0),
            gain_db=20.0,
            voice=0,
            issues=("so quiet",),
        ),
        "text:text-en": TextTrack(
            "text-en", "en", "English", False, False, 7, None, ("mended",), "lyrics"
        ),
        "text:text-de": TextTrack("text-de", "de", "", True, False, 0, "it is empty", ()),
        "chapters": ChapterList(chapters, ()),
        "package": Packaged(
            "m", "d", (PackagedTrack("top", "video", "avc1", 900_000, 990_000, 2, 10.0),)
        ),
        "measure:top": Scores("top", 640, 360, 5, "v0.6.1", VMAF, 0.98, 41.0),
        "verify": Verdict("pass", (CHECK,)),
        "publish": Published("hls", "dash", "report", "s3://o/movie", 3, 12, 4096),
    }
    return {key: Part(to_json(value)) for key, value in facts.items()}
