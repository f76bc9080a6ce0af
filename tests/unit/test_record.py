"""The job record, whole: of a title that was published, and of one that has just come in."""

from __future__ import annotations

from farm.record import job_record
from farm.serial import to_json
from farm.snapshots import StepSnapshot
from tests.unit.recorded_title import BEGAN, CHECK, ENDED, a_job, made


def test_a_job_that_has_just_come_in_has_a_record_with_nothing_made_in_it() -> None:
    waiting = StepSnapshot(
        "ingest", "ingest", "QUEUED", None, 0, False, 0.0, None, None, None, None, None, None
    )
    assert job_record(a_job(waiting, state="QUEUED", external_id=None), {}) == {
        "id": "5f0c",
        "tenant": "default",
        "asset": "movie",
        "external_id": None,
        "catalog": None,
        "mode": "live",
        "state": "QUEUED",
        "error": None,
        "source": {
            "uri": "movie.mkv",
            "sha256": None,
            "duration_s": None,
            "streams": [],
            "captions": [],
            "issues": [],
        },
        "ladder": None,
        "renditions": [],
        "audio": [],
        "text": [],
        "chapters": [],
        "remarks": [],
        "outputs": None,
        "qc": None,
        "review": None,
        "steps": [
            {
                "key": "ingest",
                "kind": "ingest",
                "state": "QUEUED",
                "progress": 0.0,
                "device": None,
                "decoded_on": None,
                "attempts": 0,
                "reused": False,
                "started_at": None,
                "finished_at": None,
                "wall_s": None,
                "cpu_s": None,
                "peak_rss_bytes": None,
            }
        ],
        "fallbacks": [],
        "cost": {"cpu_s": 0, "gpu_s": 0, "price": None},
        "plan": None,
        "priority": 0,
        "progress": 0.0,
        "metadata": {},
        "versions": {},
        "created_at": "2026-11-26T03:00:00+00:00",
        "finished_at": None,
    }


def test_a_published_title_has_everything_in_its_record() -> None:
    took = (5.5, 2.25, 1 << 20)
    gone = {"device": "nvenc:0", "driver": "550", "fault": "gone", "reason": "none", "to": "cpu"}
    step = StepSnapshot(
        *("publish", "publish", "DONE", "cpu", 2, True, 1.0, BEGAN, ENDED, *took, None),
        fallbacks=[gone],
        decoded_on="nvenc:0",
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
    coded: dict[str, object] = {"codec": "h264", "bit_depth": 8, "dynamic_range": "sdr"}
    rung = {**coded, "fps": "30000/1001", "target": target, "reason": "fits", "predicted": None}
    rendition = {**coded, "frames": 300, "device": "cpu", "driver": ""}
    stats = {"mean": 93.5, "harmonic_mean": 92.0, "p1": 71.0, "p5": 80.0, "min": 70.5}
    stats["worst_window"] = 78.0
    assert record == {
        "id": "5f0c",
        "tenant": "default",
        "asset": "movie",
        "external_id": "42",
        "catalog": None,
        "mode": "live",
        "state": "PUBLISHED",
        "error": None,
        "source": {
            "uri": "movie.mkv",
            "sha256": "abc123",
            "duration_s": 10.0,
            "captions": [],
            "issues": [],
        },
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
            "shots": [],
            "trials": None,
        },
        "renditions": [
            {
                **rendition,
                **{"name": "low", "width": 320, "height": 180},
                **{"average_bps": None, "peak_bps": None},
                **{"vmaf": None, "ssim": None, "psnr": None, "missed": None, "repaired": []},
                "measured": None,
            },
            {
                **rendition,
                **{"name": "top", "width": 640, "height": 360},
                **{"average_bps": 900_000, "peak_bps": 990_000},
                **{"vmaf": stats, "ssim": 0.98, "psnr": 41.0, "missed": None, "repaired": []},
                "measured": {
                    **{"width": 640, "height": 360, "model": "v0.6.1", "scaler": ""},
                    **{"compared": 0, "scored": 0, "sought": 0, "bounds": None, "strays": []},
                    **{"xpsnr": None, "banding": None, "complaints": None, "seams": []},
                    **{"source_sha256": "", "rendition_sha256": ""},
                },
            },
        ],
        "audio": [
            {
                **{"lang": "en", "name": "en", "track": "audio-0-stereo", "role": "main"},
                **{
                    "default": True,
                    "channels": 2,
                    "from": ["2"],
                    "gain_db": 20.0,
                    "issues": ["so quiet"],
                },
            },
        ],
        "text": [
            {
                **{"lang": "en", "name": "English", "forced": False, "role": "lyrics"},
                **{"cues": 7, "dropped": None, "issues": ["mended"]},
            },
            {
                **{"lang": "de", "name": "de", "forced": True, "role": None},
                **{"cues": 0, "dropped": "it is empty", "issues": []},
            },
        ],
        "chapters": [{"start_s": 0.0, "end_s": 5.0, "titles": {"en": "One"}}],
        "remarks": [
            {
                **{"item": "programme 2", "kind": "dropped"},
                **{"reason": "the title is made of programme 1", "streams": []},
            }
        ],
        "outputs": {
            **{"hls": "hls", "dash": "dash", "report": "report", "origin_prefix": "s3://o/movie"},
            **{"generation": 3, "objects": 12, "size_bytes": 4096},
        },
        "qc": {
            "verdict": "pass",
            "checks": [{**to_json(CHECK), "layer": "wrapper", "ebu_items": []}],
        },
        "review": None,
        "steps": [
            {
                **{"key": "publish", "kind": "publish", "state": "DONE", "device": "cpu"},
                "decoded_on": "nvenc:0",
                **{"progress": 1.0, "attempts": 2, "reused": True},
                "started_at": "2026-11-26T03:00:00+00:00",
                "finished_at": "2026-11-26T03:05:30+00:00",
                **{"wall_s": 5.5, "cpu_s": 2.25, "peak_rss_bytes": 1 << 20},
            }
        ],
        "fallbacks": [{"step": "publish", **gone}],
        "cost": {"cpu_s": 2.25, "gpu_s": 0, "price": None},
        "plan": None,
        "priority": 0,
        "progress": 1.0,
        "metadata": {},
        "versions": {},
        "created_at": "2026-11-26T03:00:00+00:00",
        "finished_at": "2026-11-26T03:05:30+00:00",
    }


def test_before_its_analysis_a_title_lasts_as_long_as_its_container_says() -> None:
    parts = {key: part for key, part in made().items() if key == "ingest"}
    assert job_record(a_job(), parts)["source"]["duration_s"] == 10.5
