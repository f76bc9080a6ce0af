"""What steps take of a worker: more for more pixels, less for faster presets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.plan import Resource, StepPlan, StepSize
from farm.serial import to_json
from ladders.fit import fit_ladder
from ladders.load import load_policy
from planning.encode_size import LOOKAHEAD_FRAMES, encode_size
from planning.params import PackageParams
from planning.sizes import EXCERPT, FIXED, STITCH, sized, step_size
from storage.postgres.admission import LIGHT_BELOW_CORES
from tests.unit.titles import plan, steps, trials
from workers.steps.registry import KINDS

FPS = Fraction(24)
GIB = 1 << 30
APPLE = load_policy("apple-h264")
LARGEST = PolicyRung(width=3840, height=2160, max_bps=16_000_000, crf=23)


def treatment(width: int, height: int, fps: Fraction = FPS) -> Treatment:
    return Treatment(0, fps, False, False, width, height)


def size(policy: LadderPolicy, source: Treatment) -> StepSize:
    return encode_size(fit_ladder(policy, source).rungs, source)


@pytest.mark.parametrize(
    ("policy", "width", "height", "cores"),
    [
        (APPLE.model_copy(update={"rungs": (*APPLE.rungs, LARGEST)}), 3840, 2160, 12),
        (APPLE, 1920, 1080, 8),
        (APPLE, 854, 480, 4),
        (APPLE.model_copy(update={"rungs": APPLE.rungs[:1]}), 320, 180, 1),
        (APPLE.model_copy(update={"preset": "ultrafast"}), 1920, 1080, 4),
    ],
)
def test_an_encode_takes_cores_by_the_pixels_of_all_its_rungs(
    policy: LadderPolicy, width: int, height: int, cores: int
) -> None:
    found = size(policy, treatment(width, height))
    assert (found.resource, found.cores) == (Resource.CPU, cores)


def test_half_the_frames_are_half_the_pixels() -> None:
    full = PolicyRung(width=1280, height=720, max_bps=3_000_000, crf=23)
    half = full.model_copy(update={"half_rate": True})
    source = treatment(1280, 720, Fraction(60))
    one_rung = [APPLE.model_copy(update={"rungs": (rung,)}) for rung in (full, half)]
    assert [size(policy, source).cores for policy in one_rung] == [3, 2]


@pytest.mark.parametrize(
    ("policy", "width", "height", "measured_mib"),
    [
        (APPLE, 1920, 1080, 2264),  # eight threads for each encoder
        (APPLE.model_copy(update={"rungs": APPLE.rungs[:1]}), 1920, 1080, 91),  # one
        (APPLE.model_copy(update={"rungs": (*APPLE.rungs, LARGEST)}), 3840, 2160, 4463),  # eight
    ],
)
def test_the_memory_of_an_encode_is_not_below_what_was_measured(
    policy: LadderPolicy, width: int, height: int, measured_mib: int
) -> None:
    assert 1 <= size(policy, treatment(width, height)).memory_bytes / (measured_mib << 20) < 2


def one_rung(width: int, height: int, preset: str = "medium") -> LadderPolicy:
    rung = PolicyRung(width=width, height=height, max_bps=3_000_000, crf=23)
    return APPLE.model_copy(update={"rungs": (rung,), "preset": preset})


def test_memory_is_that_of_the_program_of_every_rungs_pixels_and_of_the_sources() -> None:
    # Three cores, so five threads. A pixel of the rung: references 50 bytes, 40 pictures ahead of
    # 3.5 bytes and one of 14 in each thread; of the source: 24 bytes, and 2.5 in each thread.
    found = size(one_rung(1280, 720), treatment(1920, 1080))
    rung_bytes = 1280 * 720 * (50 + 40 * Fraction(7, 2) + 5 * 14)
    source_bytes = 1920 * 1080 * (24 + 5 * Fraction(5, 2))
    assert found == StepSize(Resource.CPU, 3.0, int((64 << 20) + rung_bytes + source_bytes))


def test_an_encode_takes_one_core_at_least_and_sixteen_at_most() -> None:
    assert size(one_rung(64, 64), treatment(64, 64)).cores == 1
    assert size(one_rung(7680, 4320), treatment(7680, 4320)).cores == 16


PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower")


def test_a_slower_preset_takes_no_fewer_cores_and_from_medium_on_as_many() -> None:
    cores = [size(one_rung(3840, 2160, each), treatment(3840, 2160)).cores for each in PRESETS]
    assert cores == sorted(cores)
    assert (cores[0] < cores[1] < cores[3] < cores[5], len(set(cores[5:]))) == (True, 1)


def test_memory_follows_how_far_x264_looks_ahead_with_a_preset() -> None:
    # --rc-lookahead of each preset, as x264 --fullhelp lists them.
    ahead = dict(zip(PRESETS, (0, 0, 10, 20, 30, 40, 50, 60), strict=True))
    assert ahead == LOOKAHEAD_FRAMES
    # A rung this small is encoded on one core, whatever the preset.
    memory = [size(one_rung(320, 180, each), treatment(320, 180)).memory_bytes for each in PRESETS]
    least = min(memory)
    assert [each - least for each in memory] == [
        320 * 180 * frames * 7 // 2 for frames in ahead.values()
    ]


def test_what_a_step_takes_of_a_worker_whatever_its_parameters() -> None:
    seen = {
        kind: (found.resource.value, found.cores, found.memory_bytes >> 20)
        for kind, found in {**FIXED, "stitch": STITCH}.items()
    }
    assert seen == {
        # Decodes all of the source: 1.7 to 1.8 cores, and 380 MiB with two threads.
        "analyze": ("cpu", 2.0, 1024),
        # One thread of an audio encoder, beside the encode.
        "audio": ("cpu", 0.75, 128),
        # Waits for disks and networks.
        **{"ingest": ("io", 0.25, 128), "stitch": ("io", 0.5, 128)},
        "publish": ("io", 0.25, 256),
        # Done in a moment.
        **{"cut": ("io", 0.1, 64), "ladder": ("io", 0.1, 64), "chapters": ("io", 0.1, 64)},
        "plan": ("io", 0.1, 64),
        "text": ("io", 0.25, 128),
        # Decodes what was made, and draws the report.
        "verify": ("qc", 1.0, 512),
    }
    assert not any(found.memory_bytes % (1 << 20) for found in FIXED.values())


def test_scores_and_thumbnails_take_memory_by_their_pictures() -> None:
    planned = {step.kind: step for step in steps(plan()).values()}
    pixels = 640 * 360
    assert [planned[kind].size for kind in ("measure", "thumbnails")] == [
        StepSize(Resource.QC, 1.5, (64 << 20) + 2 * 110 * pixels),
        StepSize(Resource.QC, 0.75, (64 << 20) + 2 * 24 * pixels),
    ]


def packaged(duration_s: int, *inputs: str) -> StepSize:
    params = PackageParams(Fraction(6), Fraction(duration_s), ())
    return sized(StepPlan("package", "package", to_json(params), inputs)).size


def test_packaging_takes_memory_by_streams_and_hours() -> None:
    """A stream is what the packager writes: text twice, chapters not at all."""
    found = packaged(7200, "stitch:a", "stitch:b", "audio:c", "text:d", "chapters")
    assert found == StepSize(Resource.IO, 1.0, (128 + 5 * (24 + 2 * 8)) << 20)
    assert packaged(1800).memory_bytes == 128 << 20


@pytest.mark.parametrize(
    ("duration_s", "streams", "measured_mib"),
    [(300, 2, 46), (300, 9, 173), (7200, 3, 108), (7200, 9, 282)],
)
def test_the_memory_of_packaging_is_not_below_what_was_measured(
    duration_s: int, streams: int, measured_mib: int
) -> None:
    inputs = [f"stitch:{number}" for number in range(streams)]
    assert packaged(duration_s, *inputs).memory_bytes > measured_mib << 20


def test_every_kind_has_a_size_and_none_has_another() -> None:
    planned = {step.kind: step.params for step in (*plan().steps, *trials())}
    sizes = {kind: step_size(kind, planned.get(kind, {})) for kind in KINDS}
    assert all(found.cores > 0 and found.memory_bytes > 0 for found in sizes.values())
    assert set(FIXED) < set(KINDS)
    with pytest.raises(LookupError):
        step_size("unheard-of", {})


def test_sound_text_and_what_waits_for_disks_run_beside_what_takes_whole_cores() -> None:
    planned = {step.kind: step.params for step in (*plan().steps, *trials())}
    heavy = {k for k in KINDS if step_size(k, planned.get(k, {})).cores >= LIGHT_BELOW_CORES}
    assert heavy == {"analyze", "encode", "measure", "package", "trial", "verify"}


def test_scores_need_memory_by_the_larger_picture() -> None:
    measure = next(step for step in steps(plan()).values() if step.kind == "measure")
    large = {**measure.params, "width": 3840, "height": 2160}
    assert sized(measure) == measure
    assert 1.6 * GIB < sized(replace(measure, params=large)).size.memory_bytes < 2 * GIB


def test_a_step_keeps_everything_but_its_size() -> None:
    step = StepPlan("ingest", "ingest", {"sidecars": 0}, label="fetch")
    assert sized(step) == replace(step, size=StepSize(Resource.IO, 0.25, 128 << 20))


def test_an_ingest_that_cuts_an_excerpt_takes_cores() -> None:
    asked = {"sidecars": 0, "chapters": False}
    assert step_size("ingest", {**asked, "excerpt": False}) == FIXED["ingest"]
    assert step_size("ingest", {**asked, "excerpt": True}) == EXCERPT
