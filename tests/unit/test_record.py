"""The job record, whole: of a title that was published, and of one that has just come in."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from farm.facts import (
    Analysis,
    ChapterList,
    Check,
    EncodedVideo,
    Packaged,
    PackagedTrack,
    Published,
    Scores,
    Source,
    Stats,
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
from farm.record import job_record
from farm.serial import to_json
from farm.snapshots import JobSnapshot, StepSnapshot

FPS = Fraction(30000, 1001)
BEGAN = datetime(2026, 11, 26, 3, 0, 0, tzinfo=UTC)
ENDED = datetime(2026, 11, 26, 3, 5, 30, tzinfo=UTC)
NO_FLAGS = Disposition()
VMAF = Stats(93.5, 92.0, 71.0, 80.0, 70.5)
CHECK = Check("apple-8.2", "One target duration", "pass", "6 s", "Apple")


def a_job(*steps: StepSnapshot, ended: datetime | None = None, **changes: Any) -> JobSnapshot:
    given = {"id": "5f0c", "asset": "movie", "external_id": "42", "state": "RUNNING"}
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
        "ladder": Ladder("two", (low, top), (rejected,), Fraction(6)),
        "stitch:top": EncodedVideo("top", "h264", 640, 360, FPS, 300, "cpu"),
        "stitch:low": EncodedVideo("low", "h264", 320, 180, FPS, 300, "cpu"),
        "text:text-en": TextTrack("text-en", "en", "English", False, False, 7, None, ("mended",)),
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


def test_a_job_that_has_just_come_in_has_a_record_with_nothing_made_in_it() -> None:
    waiting = StepSnapshot(
        "ingest", "ingest", "QUEUED", None, 0, False, 0.0, None, None, None, None, None, None
    )
    assert job_record(a_job(waiting, state="QUEUED", external_id=None), {}) == {
        "id": "5f0c",
        "asset": "movie",
        "external_id": None,
        "state": "QUEUED",
        "error": None,
        "source": {"uri": "movie.mkv", "sha256": None, "duration_s": None, "streams": []},
        "ladder": None,
        "renditions": [],
        "text": [],
        "chapters": [],
        "outputs": None,
        "qc": None,
        "steps": [
            {
                "key": "ingest",
                "kind": "ingest",
                "state": "QUEUED",
                "progress": 0.0,
                "device": None,
                "attempts": 0,
                "reused": False,
                "started_at": None,
                "finished_at": None,
                "wall_s": None,
                "cpu_s": None,
                "peak_rss_bytes": None,
            }
        ],
        "created_at": "2026-11-26T03:00:00+00:00",
        "finished_at": None,
    }


def test_a_published_title_has_everything_in_its_record() -> None:
    step = StepSnapshot(
        "publish", "publish", "DONE", "cpu", 2, True, 1.0, BEGAN, ENDED, 5.5, 2.25, 1 << 20, None
    )
    record = job_record(a_job(step, ended=ENDED, state="PUBLISHED"), made())
    streams = record["source"].pop("streams")
    assert [(stream["type"], stream["index"], stream["codec"]) for stream in streams] == [
        ("video", 0, "h264"),
        ("text", 1, "subrip"),
        ("audio", 2, "aac"),
    ]
    target: dict[str, object] = {"crf": 23.0, "max_bps": 10**6, "buffer_bits": 2 * 10**6}
    target |= {"preset": "medium", "gop_frames": 60}
    rung = {"codec": "h264", "fps": "30000/1001", "target": target, "reason": "fits"}
    rendition = {"codec": "h264", "frames": 300, "device": "cpu"}
    stats = {"mean": 93.5, "harmonic_mean": 92.0, "p1": 71.0, "p5": 80.0, "min": 70.5}
    assert record == {
        "id": "5f0c",
        "asset": "movie",
        "external_id": "42",
        "state": "PUBLISHED",
        "error": None,
        "source": {"uri": "movie.mkv", "sha256": "abc123", "duration_s": 10.0},
        "ladder": {
            "policy": "two",
            "rungs": [
                {"name": "low", "width": 320, "height": 180, **rung},
                {"name": "top", "width": 640, "height": 360, **rung},
            ],
            "rejected": [
                {
                    "name": "huge",
                    "codec": "h264",
                    "width": 1920,
                    "height": 1080,
                    "target": {"max_bps": 6_000_000},
                    "reason": "larger than the source",
                }
            ],
        },
        "renditions": [
            {
                **rendition,
                **{"name": "low", "width": 320, "height": 180},
                **{"average_bps": None, "peak_bps": None},
                **{"vmaf": None, "ssim": None, "psnr": None},
            },
            {
                **rendition,
                **{"name": "top", "width": 640, "height": 360},
                **{"average_bps": 900_000, "peak_bps": 990_000},
                **{"vmaf": stats, "ssim": 0.98, "psnr": 41.0},
            },
        ],
        "text": [
            {
                **{"lang": "en", "name": "English", "forced": False},
                **{"cues": 7, "dropped": None, "issues": ["mended"]},
            },
            {
                **{"lang": "de", "name": "de", "forced": True},
                **{"cues": 0, "dropped": "it is empty", "issues": []},
            },
        ],
        "chapters": [{"start_s": 0.0, "end_s": 5.0, "titles": {"en": "One"}}],
        "outputs": {
            **{"hls": "hls", "dash": "dash", "report": "report", "origin_prefix": "s3://o/movie"},
            **{"generation": 3, "objects": 12, "size_bytes": 4096},
        },
        "qc": {"verdict": "pass", "checks": [to_json(CHECK)]},
        "steps": [
            {
                **{"key": "publish", "kind": "publish", "state": "DONE", "device": "cpu"},
                **{"progress": 1.0, "attempts": 2, "reused": True},
                "started_at": "2026-11-26T03:00:00+00:00",
                "finished_at": "2026-11-26T03:05:30+00:00",
                **{"wall_s": 5.5, "cpu_s": 2.25, "peak_rss_bytes": 1 << 20},
            }
        ],
        "created_at": "2026-11-26T03:00:00+00:00",
        "finished_at": "2026-11-26T03:05:30+00:00",
    }


def test_before_its_analysis_a_title_lasts_as_long_as_its_container_says() -> None:
    parts = {key: part for key, part in made().items() if key == "ingest"}
    assert job_record(a_job(), parts)["source"]["duration_s"] == 10.5
