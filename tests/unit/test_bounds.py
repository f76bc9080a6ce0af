"""The least and the most that settings, policies and requests take, and their defaults."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from farm.ladder_policy import AudioPolicy, LadderPolicy, PolicyRung
from farm.settings import Settings
from farm.spec import ExcerptSpec, JobSpec, QcPolicy, SubtitleSpec
from farm.spec.policy import THRESHOLDS
from tests.conftest import REPOSITORY

RUNG = {"width": 640, "height": 360, "max_bps": 1_000_000, "crf": 23}
LADDER = {"name": "one", "rungs": [RUNG]}
SPEC = {"asset": "a", "source": "a.mp4", "origin": "/origin", "ladder": LADDER}
SIDECAR = {"language": "en", "uri": "a.srt"}

BOUNDS = [
    (PolicyRung, RUNG, "width", 64, 8192, 1),
    (PolicyRung, RUNG, "height", 64, 8192, 1),
    (PolicyRung, RUNG, "max_bps", 10_000, 200_000_000, 1),
    (PolicyRung, RUNG, "crf", 0, 51, 0.5),
    (AudioPolicy, {}, "stereo_bps", 24_000, 512_000, 1),
    (AudioPolicy, {}, "surround_bps", 96_000, 1_024_000, 1),
    (LadderPolicy, LADDER, "gop_s", 0.5, 10, 0.25),
    (LadderPolicy, LADDER, "segment_gops", 1, 10, 1),
    (QcPolicy, {}, "subsample", 1, 49, 2),
    (QcPolicy, {}, "repair", 0, 2, 1),
    (JobSpec, SPEC, "priority", -10, 10, 1),
    (ExcerptSpec, {"duration_s": 1}, "start_s", 0, 1_000_000, 0.5),
    (ExcerptSpec, {"start_s": 0}, "duration_s", 0.001, 600, 0.001),
    (Settings, {}, "s3_concurrency", 1, 256, 1),
    (Settings, {}, "max_attempts", 1, 20, 1),
    (Settings, {}, "cores", 0, 1024, 1),
    (Settings, {}, "encode_slots", 0, 4096, 1),
    (Settings, {}, "keep_work_s", 0, 10_000_000_000, 1),  # three hundred years
    (Settings, {}, "keep_rejected_s", 0, 10_000_000_000, 1),
    (Settings, {}, "keep_jobs_s", 0, 10_000_000_000, 1),
    (Settings, {}, "keep_deliveries_s", 0, 10_000_000_000, 1),
]
# At least zero (or above it), and as much as anybody likes.
FROM_ZERO = [
    *("cache_bytes", "backoff_s", "memory_bytes", "grace_s", "keep_generations_s"),
    *("abandoned_after_s", "titles_in_progress", "titles_in_progress_per_tenant"),
]
ABOVE_ZERO = ["lease_s", "heartbeat_s", "reconcile_s", "wake_again_s", "stall_s", "wall_s"]


@pytest.mark.parametrize(("model", "given", "field", "least", "most", "step"), BOUNDS)
def test_a_figure_is_taken_from_its_least_to_its_most_and_refused_beyond(
    model: type[BaseModel],
    given: dict[str, Any],
    field: str,
    least: float,
    most: float,
    step: float,
) -> None:
    tried = [least - step, least, most, most + step]
    assert [_takes(model, {**given, field: value}) for value in tried] == [False, True, True, False]


@pytest.mark.parametrize("field", FROM_ZERO)
def test_a_setting_may_be_zero_and_not_less(field: str) -> None:
    assert [_takes(Settings, {field: value}) for value in (-1, 0, 1)] == [False, True, True]


@pytest.mark.parametrize("field", ABOVE_ZERO)
def test_a_setting_is_more_than_zero(field: str) -> None:
    quick = {"heartbeat_s": 0.5, field: 0.75}
    assert [_takes(Settings, {**quick, field: value}) for value in (-1, 0)] == [False, False]
    assert _takes(Settings, quick)


@pytest.mark.parametrize(
    ("model", "given", "field", "longest"),
    [
        (LadderPolicy, LADDER, "name", 64),
        (JobSpec, SPEC, "asset", 128),
        (JobSpec, SPEC, "tenant", 128),
        (JobSpec, SPEC, "catalog", 128),
        (JobSpec, SPEC, "external_id", 256),
        (SubtitleSpec, SIDECAR, "name", 64),
    ],
)
def test_a_name_is_taken_up_to_its_longest(
    model: type[BaseModel], given: dict[str, Any], field: str, longest: int
) -> None:
    tried = ["a" * longest, "a" * (longest + 1)]
    assert [_takes(model, {**given, field: name}) for name in tried] == [True, False]


@pytest.mark.parametrize(
    ("field", "one", "least", "most"), [("rungs", RUNG, 1, 24), ("subtitles", SIDECAR, 0, 64)]
)
def test_a_list_is_taken_from_its_least_to_its_most(
    field: str, one: dict[str, Any], least: int, most: int
) -> None:
    model: type[BaseModel] = LadderPolicy if field == "rungs" else JobSpec
    given: dict[str, Any] = LADDER if field == "rungs" else SPEC
    counts = [count for count in (least - 1, least, most, most + 1) if count >= 0]
    taken = [_takes(model, {**given, field: [one] * count}) for count in counts]
    assert taken == [least <= count <= most for count in counts]


def test_a_webhook_is_an_url_of_at_most_2048_characters() -> None:
    longest = "https://" + "h" * 2040
    tried = [longest, longest + "h", "http://h", "ftp://h", "h"]
    taken = [_takes(JobSpec, {**SPEC, "webhook": url}) for url in tried]
    assert taken == [True, False, True, False, False]


@pytest.mark.parametrize("model", [PolicyRung, AudioPolicy, LadderPolicy, QcPolicy, JobSpec])
def test_a_field_nobody_knows_is_refused(model: type[BaseModel]) -> None:
    needed: dict[type[BaseModel], dict[str, Any]]
    needed = {PolicyRung: RUNG, LadderPolicy: LADDER, JobSpec: SPEC}
    given = needed.get(model, {})
    assert [_takes(model, given), _takes(model, {**given, "unknown": 1})] == [True, False]


def test_what_a_request_leaves_out_has_these_values() -> None:
    spec = JobSpec.model_validate(SPEC).model_dump(exclude=set(SPEC))
    assert spec == {
        "tenant": "default",
        "external_id": None,
        "subtitles": (),
        "chapters": None,
        "codecs": (),
        "burn_in": None,
        "dual_text": None,
        "captions": {"mode": "text", "languages": {}},
        "loudness": "source",
        "deinterlace": "frame",
        "device": "prefer",
        "audio": (),
        "excerpt": None,
        "program": None,
        "allow_partial": False,
        "qc": {
            "name": "standard",
            "top_harmonic_mean": 80.0,
            "top_p5": 70.0,
            "top_p1": 60.0,
            "top_worst_window": None,
            "rungs": (),
            "rung_floor": 10.0,
            "blank_s": 10.0,
            "max_blockiness": None,
            "max_blur": None,
            "loudness_target": None,
            "review": dict.fromkeys(THRESHOLDS),
            "checks": {},
            "publish": "gated",
            "model": "vmaf_v0.6.1",
            "sampling": "sampled",
            "subsample": None,
            "cross_checks": (),
            "max_banding": 5.0,
            "repair": 1,
        },
        "catalog": None,
        "priority": 0,
        "webhook": None,
        "metadata": {},
        "versions": {},
        "retry_of": None,
        "digests": {},
        "mode": "live",
        "remake": (),
        "plan": False,
        "from_plan": None,
    }
    assert SubtitleSpec.model_validate(SIDECAR).model_dump(exclude=set(SIDECAR)) == {
        "forced": False,
        "hearing_impaired": False,
        "name": None,
        "role": None,
    }


def test_what_a_ladder_leaves_out_has_these_values() -> None:
    ladder = LadderPolicy.model_validate(LADDER).model_dump()
    assert ladder == {
        "name": "one",
        "source": "",
        "policy": "fixed",
        "adaptive": {
            **{"metric": "vmaf_v1", "top_quality": 95.0, "step_quality": 6.0, "share": 0.08},
            **{"min_ratio": 1.5, "max_ratio": 2.0, "min_bps": 145_000, "cap_ratio": 2.0},
            **{"max_rungs": 8, "min_windows": 6, "max_windows": 24, "most_miss": None},
        },
        "preset": "medium",
        "hevc_preset": "medium",
        "av1_preset": 7,
        "bit_depth": 10,
        "hdr": "keep",
        "film_grain": 0,
        "gop_s": 2.0,
        "segment_gops": 3,
        "pictures": True,
        "crop": False,
        "rungs": ({**RUNG, "codec": "h264", "hdr_max_bps": None, "half_rate": False},),
        "codecs": (),
        "audio": {
            "stereo_bps": 160_000,
            "surround_bps": 384_000,
            "ladder_bps": (64_000, 96_000, 160_000),
        },
    }


def test_the_guide_names_every_setting_and_the_default_of_every_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guide = _documented()
    assert set(guide) == {f"REELFARM_{name.upper()}" for name in Settings.model_fields}
    figures = {
        f"REELFARM_{name.upper()}": float(field.default)
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, (int, float))
    }
    assert {name: _figure(guide[name]) for name in figures} == figures


def _documented() -> dict[str, str]:
    """Return the default of each variable as docs/ops.md has it, one cell perhaps for two."""
    found: dict[str, str] = {}
    for line in (REPOSITORY / "docs" / "ops.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        names = re.findall(r"`(REELFARM_\w+)`", cells[1]) if len(cells) == 5 else []
        defaults = cells[2].split(", ") if names else []
        shared = defaults if len(defaults) == len(names) else [", ".join(defaults)] * len(names)
        found |= dict(zip(names, shared, strict=True))
    return found


def _figure(cell: str) -> float:
    """Return what a cell says in figures: "20 GiB", "0: all there are", "43200"."""
    match = re.match(r"(\d+(?:\.\d+)?)(?: (GiB|MiB))?\b", cell)
    assert match is not None, cell
    return float(match[1]) * {"GiB": 1 << 30, "MiB": 1 << 20, None: 1}[match[2]]


def _takes(model: type[BaseModel], given: dict[str, Any]) -> bool:
    try:
        model(**given)
    except ValidationError:
        return False
    return True
