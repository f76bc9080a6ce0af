"""A device that decodes and encodes nothing: used where it is free, and missed nowhere.

The device is played (tests/stand_in). Clips are too small for it to be worth anything, so its gains
are written over with those of one that spares the processor a second a million pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from farm.devices import DeviceFault
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.test_devices import (
    NVENC,
    a_farm,
    devices_of,
    fell_back,
    patience,
    published,
    seen,
)
from tests.faults.titles import CLIPS, Shelf, quick_spec
from tests.stand_in import StandIn, stand_in

WORTH_IT = """
UPDATE device
   SET gains = (SELECT jsonb_agg(gain || '{"saved_s": 1.0}')
                  FROM jsonb_array_elements(gains) AS gain)
"""


@pytest.fixture
def device(tmp_path: Path) -> StandIn:
    return stand_in(tmp_path / "device", encoders=(), decodes=("h264",))


def a_decoding_farm(make_farm: MakeFarm, device: StandIn, **settings: str) -> FaultFarm:
    farm = a_farm(make_farm, device, **settings)
    assert seen(farm).report.only_decodes
    with farm.database.begin() as session:
        session.execute(text(WORTH_IT))
    return farm


def encodes_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in record["steps"] if step["kind"] == "encode"]


def test_a_title_is_decoded_on_the_device_and_encoded_by_the_processor_to_the_same_files(
    make_farm: MakeFarm, make_spec: MakeSpec, device: StandIn
) -> None:
    farm = a_decoding_farm(make_farm, device, REELFARM_ENCODE_SLOTS="1")
    record = published(farm, farm.submit(make_spec(farm)))
    assert [(step["device"], step["decoded_on"]) for step in encodes_of(record)] == [("cpu", NVENC)]
    assert (devices_of(record), record["fallbacks"]) == ({"cpu"}, [])
    assert all("h264 is decoded on nvenc" in rung["reason"] for rung in record["ladder"]["rungs"])
    assert (device.encodes, device.peak, device.refused) == (1, 1, 0)
    # Who decoded is no part of what a chunk is known by: the processor has nothing to do anew.
    again = published(farm, farm.submit(make_spec(farm, device="cpu-only", asset="again")))
    assert [(step["reused"], step["decoded_on"]) for step in encodes_of(again)] == [(True, None)]
    assert device.encodes == 1


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("gone", DeviceFault.GONE),
        ("garbage", DeviceFault.GARBAGE),
        pytest.param("gone mid-encode", DeviceFault.GONE, marks=pytest.mark.slow_fault),
        pytest.param("surfaces", DeviceFault.SURFACES, marks=pytest.mark.slow_fault),
        pytest.param("sessions", DeviceFault.SESSIONS, marks=pytest.mark.slow_fault),
        pytest.param("stall", DeviceFault.STALLED, marks=pytest.mark.slow_fault),
        pytest.param("unsuited", DeviceFault.UNSUITED, marks=pytest.mark.slow_fault),
    ],
)
def test_a_chunk_whose_decoder_fails_is_decoded_by_the_processor(
    make_farm: MakeFarm, make_spec: MakeSpec, device: StandIn, how: str, fault: DeviceFault
) -> None:
    farm = a_decoding_farm(make_farm, device, REELFARM_ENCODE_SLOTS="1", **patience(how))
    device.fail(how)
    record = published(farm, farm.submit(make_spec(farm)))
    assert [
        (step["device"], step["decoded_on"], step["attempts"]) for step in encodes_of(record)
    ] == [("cpu", None, 1)]
    assert (devices_of(record), fell_back(record)) == ({"cpu"}, {(NVENC, fault.value, "cpu")})
    assert seen(farm).last_fault == fault.value


def test_a_burst_never_decodes_more_there_than_it_takes_and_nothing_waits_for_it(
    make_farm: MakeFarm, tmp_path: Path
) -> None:
    # Sessions last, so that two of them meet on any machine.
    device = stand_in(tmp_path / "device", encoders=(), decodes=("h264",), hold_s=1.0)
    farm = a_decoding_farm(make_farm, device, REELFARM_CORES="16", REELFARM_ENCODE_SLOTS="1")
    shelf = Shelf(tmp_path / "shelf")
    sources = [shelf.copy(CLIPS[0]) for _ in range(12)]
    jobs = [
        farm.submit(quick_spec(source, farm.places.origin, asset=f"title-{number}"))
        for number, source in enumerate(sources)
    ]
    encodes = [step for job in jobs for step in encodes_of(published(farm, job))]
    there = [step for step in encodes if step["decoded_on"]]
    assert {step["decoded_on"] for step in there} == {NVENC}
    assert len(there) < len(encodes) == 12
    assert (device.encodes, device.peak, device.refused) == (len(there), 2, 0)


def test_a_decoder_that_breaks_is_left_alone_until_it_works_again(
    make_farm: MakeFarm, device: StandIn, tmp_path: Path
) -> None:
    farm = a_decoding_farm(make_farm, device, REELFARM_ENCODE_SLOTS="1")
    shelf = Shelf(tmp_path / "shelf")

    def decoded_on(name: str) -> list[str | None]:
        spec = quick_spec(shelf.copy(CLIPS[0]), farm.places.origin, asset=name)
        return [step["decoded_on"] for step in encodes_of(published(farm, farm.submit(spec)))]

    device.fail("gone")
    assert (decoded_on("first"), seen(farm).breaker != "closed") == ([None], True)
    device.fail()
    farm.wait_until(lambda: seen(farm).breaker == "closed", "the device works again")
    assert decoded_on("second") == [NVENC]
