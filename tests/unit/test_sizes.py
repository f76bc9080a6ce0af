"""What steps take of a worker: more for more pixels, less for faster presets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import LadderPolicy, PolicyRung, Treatment
from farm.plan import Resource, StepPlan, StepSize
from ladders.fit import fit_ladder
from ladders.load import load_policy
from planning.sizes import FIXED, encode_size, sized, step_size
from storage.postgres.admission import LIGHT_BELOW_CORES
from tests.unit.titles import plan, steps
from workers.steps.registry import KINDS

FPS = Fraction(24)
GIB = 1 << 30
APPLE = load_policy("apple")
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


def test_every_kind_has_a_size_and_none_has_another() -> None:
    planned = {step.kind: step.params for step in steps(plan()).values()}
    sizes = {kind: step_size(kind, planned.get(kind, {})) for kind in KINDS}
    assert all(found.cores > 0 and found.memory_bytes > 0 for found in sizes.values())
    assert set(FIXED) < set(KINDS)
    with pytest.raises(LookupError):
        step_size("unheard-of", {})


def test_sound_text_and_what_waits_for_disks_run_beside_what_takes_whole_cores() -> None:
    planned = {step.kind: step.params for step in steps(plan()).values()}
    heavy = {k for k in KINDS if step_size(k, planned.get(k, {})).cores >= LIGHT_BELOW_CORES}
    assert heavy == {"analyze", "encode", "measure", "package", "verify"}


def test_scores_need_memory_by_the_larger_picture() -> None:
    measure = next(step for step in steps(plan()).values() if step.kind == "measure")
    large = {**measure.params, "width": 3840, "height": 2160}
    assert sized(measure) == measure
    assert 0.8 * GIB < sized(replace(measure, params=large)).size.memory_bytes < GIB


def test_a_step_keeps_everything_but_its_size() -> None:
    step = StepPlan("ingest", "ingest", {"sidecars": 0}, label="fetch")
    assert sized(step) == replace(step, size=StepSize(Resource.IO, 0.25, 128 << 20))
