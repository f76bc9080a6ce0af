"""A device that takes two encodes at once, and every way in which it fails: jobs go on.

The device is played (tests/stand_in): what is tried is what the farm does, not an encoder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farm.devices import DeviceFault
from farm.states import StepState
from storage.postgres import devices
from storage.postgres.devices import ListedDevice
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.titles import CLIPS, Shelf, quick_spec
from tests.stand_in import StandIn, stand_in

NVENC = "nvenc:0"


@pytest.fixture
def device(tmp_path: Path) -> StandIn:
    return stand_in(tmp_path / "device", decodes=("h264",))


def a_farm(make_farm: MakeFarm, device: StandIn, **settings: str) -> FaultFarm:
    own = {
        "REELFARM_CORES": "4",
        "REELFARM_DEVICE_PAUSE_S": "1",
        # Nobody is killed here, and on a loaded machine three seconds run out without any fault.
        "REELFARM_LEASE_S": "60",
        "REELFARM_STALL_S": "60",
        **device.settings,
        **settings,
    }
    farm = make_farm(workers=1, reconcilers=1, **own)
    device.forget()  # what tryouts did
    return farm


def patience(how: str) -> dict[str, str]:
    """Return for how long a program may stand still: no longer than it has to where one does."""
    return {"REELFARM_STALL_S": "3"} if how == "stall" else {}


def seen(farm: FaultFarm) -> ListedDevice:
    """Return the farm's only device as its page shows it."""
    with farm.database.begin() as session:
        [found] = devices.listed(session)
    return found


def published(farm: FaultFarm, job_id: str) -> dict[str, Any]:
    """Return the record of a job that ends well."""
    assert farm.wait_for_end(job_id) == "PUBLISHED", farm.log_tails()
    return farm.record(job_id)


def devices_of(record: dict[str, Any]) -> set[str]:
    return {rendition["device"] for rendition in record["renditions"]}


def fell_back(record: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Return which device, fault and new place a record tells of."""
    return {(each["device"], each["fault"], each["to"]) for each in record["fallbacks"]}


def test_a_title_is_made_on_a_device_that_is_as_good(
    make_farm: MakeFarm, make_spec: MakeSpec, device: StandIn
) -> None:
    farm = a_farm(make_farm, device)
    record = published(farm, farm.submit(make_spec(farm)))
    encodes = [step for step in record["steps"] if step["kind"] == "encode"]
    assert devices_of(record) == {NVENC}
    assert [step["device"] for step in encodes] == [NVENC] * 3
    assert [rung["reason"].rpartition("; ")[2] for rung in record["ladder"]["rungs"]] == (
        ["made on nvenc"] * 2
    )
    assert record["fallbacks"] == []
    assert (device.encodes, device.peak, device.refused) == (3, 2, 0)


def test_a_title_that_asks_for_it_is_made_without_the_device(
    make_farm: MakeFarm, make_spec: MakeSpec, device: StandIn
) -> None:
    farm = a_farm(make_farm, device)
    record = published(farm, farm.submit(make_spec(farm, device="cpu-only")))
    assert (devices_of(record), device.encodes) == ({"cpu"}, 0)


@pytest.mark.parametrize(
    ("how", "fault", "states"),
    [
        pytest.param("surfaces", DeviceFault.SURFACES, {"closed"}, marks=pytest.mark.slow_fault),
        ("gone", DeviceFault.GONE, {"open", "half-open"}),
        pytest.param(
            "gone mid-encode", DeviceFault.GONE, {"open", "half-open"}, marks=pytest.mark.slow_fault
        ),
        ("garbage", DeviceFault.GARBAGE, {"closed"}),
        pytest.param("stall", DeviceFault.STALLED, {"closed"}, marks=pytest.mark.slow_fault),
        pytest.param("unsuited", DeviceFault.UNSUITED, {"closed"}, marks=pytest.mark.slow_fault),
        pytest.param("unknown", DeviceFault.UNKNOWN, {"closed"}, marks=pytest.mark.slow_fault),
    ],
)
def test_a_device_that_fails_in_a_known_way_costs_no_title(
    make_farm: MakeFarm,
    make_spec: MakeSpec,
    device: StandIn,
    how: str,
    fault: DeviceFault,
    states: set[str],
) -> None:
    farm = a_farm(make_farm, device, REELFARM_ENCODE_SLOTS="1", **patience(how))
    device.fail(how)
    record = published(farm, farm.submit(make_spec(farm)))
    assert devices_of(record) == {"cpu"}
    assert (NVENC, fault.value, "cpu") in fell_back(record)
    assert {step["attempts"] for step in record["steps"] if step["kind"] == "encode"} == {1}
    listed = seen(farm)
    assert (listed.last_fault, listed.breaker in states) == (fault.value, True)


@pytest.mark.parametrize(
    ("how", "odd"),
    [
        ("gone", (0,)),  # the others go to the processor, so that the device's are the odd ones
        ("another model", (0, 1, 2)),  # devices made all, and the processor makes what joins
    ],
)
def test_chunks_of_two_encoders_are_made_again_and_never_joined(
    make_farm: MakeFarm, make_spec: MakeSpec, device: StandIn, how: str, odd: tuple[int, ...]
) -> None:
    farm = a_farm(make_farm, device, REELFARM_DEVICE_PAUSE_S="600")
    job_id = farm.submit(make_spec(farm))
    farm.wait_for_step(job_id, "encode", StepState.DONE)
    device.fail(how)
    record = published(farm, job_id)
    assert devices_of(record) == {"cpu"}
    encodes = {step["key"] for step in record["steps"] if step["kind"] == "encode"}
    names = [rendition["name"] for rendition in record["renditions"]]
    assert encodes == {f"encode:{index}" for index in range(3)} | {
        f"encode:{name}:{index}" for name in names for index in odd
    }
    assert {step["attempts"] for step in record["steps"]} == {1}


def test_a_burst_of_titles_waits_for_the_device_and_none_fails(
    make_farm: MakeFarm, device: StandIn, tmp_path: Path
) -> None:
    farm = a_farm(make_farm, device, REELFARM_CORES="8", REELFARM_ENCODE_SLOTS="1")
    shelf = Shelf(tmp_path / "shelf")
    policies = ("prefer", "require", "prefer", "cpu-only")
    specs = [
        quick_spec(
            shelf.copy(CLIPS[0]),
            farm.places.origin,
            asset=f"title-{number}",
            device=policies[number % len(policies)],
        )
        for number in range(20)
    ]
    jobs = {farm.submit(spec): spec.device for spec in specs}
    records = {job_id: published(farm, job_id) for job_id in jobs}
    made = {(jobs[job_id], *devices_of(record)) for job_id, record in records.items()}
    assert made == {("prefer", NVENC), ("require", NVENC), ("cpu-only", "cpu")}
    assert (device.encodes, device.peak, device.refused) == (15, 2, 0)


def test_a_device_that_breaks_is_left_alone_until_it_works_again(
    make_farm: MakeFarm, device: StandIn, tmp_path: Path
) -> None:
    farm = a_farm(make_farm, device, REELFARM_ENCODE_SLOTS="1")
    shelf = Shelf(tmp_path / "shelf")

    def title(name: str, **asked: str) -> str:
        source = shelf.copy(CLIPS[0])
        return farm.submit(quick_spec(source, farm.places.origin, asset=name, **asked))

    device.fail("gone")
    first = published(farm, title("first"))
    assert (devices_of(first), seen(farm).breaker != "closed") == ({"cpu"}, True)
    device.forget()
    second = title("second")
    assert (devices_of(published(farm, second)), device.encodes) == ({"cpu"}, 0)
    waits = title("waits", device="require")
    device.fail()
    farm.wait_until(lambda: seen(farm).breaker == "closed", "the device works again")
    assert devices_of(published(farm, title("third"))) == {NVENC}
    assert devices_of(published(farm, waits)) == {NVENC}


@pytest.mark.slow_fault
def test_two_workers_of_one_machine_share_what_the_device_takes(
    make_farm: MakeFarm, device: StandIn, tmp_path: Path
) -> None:
    own = {"REELFARM_CORES": "4", "REELFARM_ENCODE_SLOTS": "2", **device.settings}
    farm = make_farm(workers=2, reconcilers=1, **own)
    device.forget()
    shelf = Shelf(tmp_path / "shelf")
    jobs = [
        farm.submit(quick_spec(shelf.copy(CLIPS[1]), farm.places.origin, asset=f"title-{number}"))
        for number in range(6)
    ]
    assert [devices_of(published(farm, job_id)) for job_id in jobs] == [{NVENC}] * 6
    assert (device.peak, device.refused) == (2, 0)
    assert len({step.worker for step in farm.steps() if step.kind == "encode"}) == 2
