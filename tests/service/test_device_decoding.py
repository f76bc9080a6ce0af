"""Devices that only decode, in PostgreSQL: lent where free, never waited for, never too much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from farm.devices import DeviceFault, DeviceReport, HeldDevice
from farm.errors import DeviceFailed
from farm.ladder import Chunk
from farm.plan import Resource, StepPlan
from farm.serial import to_json
from farm.settings import Settings
from planning.params import EncodeParams
from planning.sizes import sized
from services.fallbacks import after_fault, rescue_stranded
from storage.postgres import breakers, decoders, devices, jobs
from storage.postgres.admission import Room
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from tests.conftest import a_spec
from tests.service.api_server import ApiServer
from tests.service.visitor import People
from tests.unit.test_decoding import H200, SHARE, WHY
from tests.unit.test_graph_encode import LOW, PLAIN, TIMELINE, TOP
from workers.engine.capacity import Capacity
from workers.engine.turns import Turns

ROOM = Room((Resource.CPU,), 64, 1 << 40, 64.0, 64.0, 1 << 40, idle=True)
GPU = replace(H200, decode_sessions=2)
HELD = HeldDevice(GPU.key, "nvenc:0", "nvenc", "NVIDIA H200")


def know(database: Database, *reports: DeviceReport) -> None:
    with database.begin() as session:
        for report in reports:
            devices.note(session, "here:1", report)


def queue(database: Database, count: int) -> list[int]:
    """Queue so many encodes that a device may decode for, of a job that has begun."""
    plans = [
        sized(
            StepPlan(
                f"encode:{index}",
                "encode",
                to_json(
                    EncodeParams(
                        *(PLAIN, TIMELINE, Chunk(index, index * 480, 480, 0), (LOW, TOP), False),
                        SHARE,
                    )
                ),
            )
        )
        for index in range(count)
    ]
    with database.begin() as session:
        job_id, freed = jobs.submit(session, a_spec(Path("a.mp4"), Path("out")), plans, "request")
        session.execute(update(Job).where(Job.id == job_id).values(state="RUNNING"))
        session.execute(update(Step).where(Step.job_id == job_id).values(begins=False))
    return [step.step_id for step in freed]


def turns(database: Database, *keys: str) -> Turns:
    return Turns(database, "here:1", 60.0, decoder_keys=keys or (GPU.key,))


def take(database: Database) -> Claim:
    claimed = turns(database).claim_next(ROOM)
    assert claimed is not None
    return claimed


def used(database: Database) -> int:
    with database.begin() as session:
        [listed] = devices.listed(session)
    return listed.used


def test_what_a_worker_found_of_a_decoder_is_known_to_all(database: Database) -> None:
    know(database, GPU)
    with database.begin() as session:
        assert devices.known(session, GPU.key, GPU.driver, 60, 60) == GPU
        assert devices.usable(session, 60) == [GPU]
        assert devices.free(session, [GPU.key]) == ()  # nothing is encoded there


def test_a_step_is_lent_a_decode_where_one_is_free_and_begins_without_where_none_is(
    database: Database,
) -> None:
    know(database, GPU)
    first, *_ = queue(database, 3)
    taken = [take(database) for _ in range(3)]
    assert [claim.device for claim in taken] == [HELD, HELD, None]
    assert used(database) == 2
    with database.begin() as session:
        session.execute(update(Step).where(Step.id == first).values(state="DONE"))
    assert used(database) == 1


def test_of_several_workers_that_begin_at_once_no_more_hold_a_decode_than_there_are(
    database: Database,
) -> None:
    other = replace(GPU, key="m/GPU-8", name="nvenc:1", decode_sessions=3)
    know(database, GPU, other)
    queue(database, 12)
    asking = [turns(database, GPU.key, other.key) for _ in range(12)]
    with ThreadPoolExecutor(12) as threads:
        taken = list(threads.map(lambda each: each.claim_next(ROOM), asking))
    lent = [claim.device.key for claim in taken if claim and claim.device]
    assert (len([claim for claim in taken if claim]), sorted(lent)) == (
        12,
        [other.key] * 3 + [GPU.key] * 2,
    )


def test_not_even_an_idle_device_is_lent_where_it_would_be_slower_than_the_encode(
    database: Database,
) -> None:
    [step] = queue(database, 1)
    with database.begin() as session:
        wants = session.scalar(select(Step.pixels_per_s).where(Step.id == step))
    assert wants is not None
    know(database, replace(GPU, gains=(replace(GPU.gains[0], pixels_per_s=wants - 1),)))
    assert take(database).device is None
    with database.begin() as session:
        session.execute(update(Step).values(state="QUEUED"))
    know(database, replace(GPU, gains=(replace(GPU.gains[0], pixels_per_s=wants),)))
    assert take(database).device == HELD


def test_a_step_that_begins_anew_holds_nothing_of_what_it_held_before(database: Database) -> None:
    know(database, GPU)
    queue(database, 1)
    assert take(database).device == HELD
    with database.begin() as session:
        session.execute(update(Step).values(state="QUEUED"))
        breakers.note_failure(session, GPU.key, DeviceFault.GONE, "no device")
    assert (take(database).device, used(database)) == (None, 0)


def test_a_lease_that_is_over_is_lent_nothing(database: Database) -> None:
    know(database, GPU)
    queue(database, 1)
    claimed = Turns(database, "here:1", 60.0).claim_next(ROOM)
    assert claimed is not None
    assert claimed.device is None  # this worker has no decoder
    with database.begin() as session:
        session.execute(update(Step).values(epoch=Step.epoch + 1))
    with database.begin() as session:
        assert decoders.lend(session, claimed, GPU.key) is None
    assert used(database) == 0


@pytest.mark.parametrize("fault", list(DeviceFault))
def test_whatever_goes_wrong_there_the_chunk_is_decoded_by_the_processor_and_no_other_is_touched(
    database: Database, tmp_path: Path, fault: DeviceFault
) -> None:
    know(database, GPU)
    queue(database, 3)
    failing = take(database)
    failed = DeviceFailed("nvenc:0: gone", fault=fault.value, reason="gone", device="nvenc:0")
    with database.begin() as session:
        moved = after_fault(session, failing, failed, Settings(state_dir=tmp_path))
    assert moved is not None
    assert (moved.to, [step.resource for step in moved.wake]) == (
        "the CPU",
        [Resource.CPU],
    )
    with database.begin() as session:
        steps = list(session.scalars(select(Step).order_by(Step.id)))
        assert [step.params["share"] for step in steps] == [None, to_json(SHARE), to_json(SHARE)]
        assert [step.device_kind for step in steps] == [None, "nvenc", "nvenc"]
        assert (steps[0].attempts, steps[0].errors, steps[0].held_device) == (0, 0, None)
        assert [(each["fault"], each["to"]) for each in steps[0].fallbacks] == [
            (fault.value, "cpu")
        ]
    assert rescue_stranded(database, Settings(state_dir=tmp_path)) == []


def test_a_worker_with_a_decoder_alone_serves_no_encodes_on_devices(tmp_path: Path) -> None:
    capacity = Capacity(Settings(state_dir=tmp_path, queues="io,cpu"), [GPU])
    assert (capacity.resources, capacity.encoding_devices, capacity.decoding_devices) == (
        (Resource.IO, Resource.CPU),
        (),
        (GPU.key,),
    )


def test_an_operator_sees_what_a_device_decodes_and_why_it_encodes_nothing(
    api: ApiServer, people: People, database: Database
) -> None:
    know(database, GPU)
    queue(database, 1)
    take(database)
    page = people.signed_in("*").get("/farm").text
    assert "decodes h264 8 bit, 1500 Mpixel/s" in page
    assert "decodes hevc 8 and 10 bit, 1200 Mpixel/s" in page
    assert f"encodes nothing: {WHY}" in page
    assert ("1 of 2" in page, page.count("<span>decodes</span>")) == (True, 1)


def test_a_claim_says_nothing_of_a_device_to_steps_that_want_none(database: Database) -> None:
    know(database, GPU)
    queue(database, 1)
    with database.begin() as session:
        session.execute(text("UPDATE step SET params = params || '{\"share\": null}'"))
    assert (take(database).device, used(database)) == (None, 0)
