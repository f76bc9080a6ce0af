"""A device is tried by doing, and what was found stands in PostgreSQL and in what `doctor` says.

The device is played (tests/stand_in): what is tried here is what is made of its answers.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from farm.devices import DeviceFault, DeviceReport
from farm.plan import Resource
from farm.settings import Settings
from storage.postgres import breakers, devices
from storage.postgres.database import Database
from tests.forked import run_reelfarm
from tests.stand_in import StandIn, stand_in
from tests.waiting import wait_until
from workers.engine.capacity import served
from workers.engine.devices import DeviceWatch, learn_devices, told
from workers.programs.tools import find_tools

REFUSED = "it cannot do this (Provided device doesn't support required NVENC features)"


@pytest.fixture
def device(tmp_path: Path) -> StandIn:
    return stand_in(tmp_path / "device", capacity=3)


def settings_of(device: StandIn, **changes: object) -> Settings:
    given = {"state_dir": device.folder / "state", "ffmpeg": device.ffmpeg, "devices": "nvenc:0"}
    return Settings.model_validate({**given, "device_pause_s": 0.01, **changes})


def learn(database: Database, settings: Settings, worker: str = "a:1") -> DeviceReport:
    [report] = learn_devices(settings, database, find_tools(settings), worker)
    return report


def test_a_worker_learns_what_its_device_can_once_for_all_of_the_machine(
    database: Database, device: StandIn
) -> None:
    settings = settings_of(device)
    report = learn(database, settings)
    assert [
        (each.codec, each.bit_depth, each.works, each.reason) for each in report.capabilities
    ] == [
        ("h264", 8, True, ""),
        ("hevc", 8, False, REFUSED),
        ("hevc", 10, False, REFUSED),
        ("av1", 8, False, REFUSED),
        ("av1", 10, False, REFUSED),
    ]
    assert (report.sessions, report.decodes) == (3, ("h264", "hevc", "av1"))
    assert report.pixels_per_s > 1e6
    assert told(report) == "encodes h264 8 bit, 3 at once"
    device.forget()
    assert learn(database, settings, "b:2") == report
    assert device.encodes == 0  # it has no sessions to spare for a second tryout
    with database.begin() as session:
        [listed] = devices.listed(session)
        assert (listed.report, listed.worker) == (report, "b:2")


def test_an_operator_may_allow_fewer_encodes_than_a_device_takes(
    database: Database, device: StandIn
) -> None:
    assert learn(database, settings_of(device, device_sessions=2)).sessions == 2


def test_a_device_that_encodes_nothing_is_listed_with_its_reason_and_given_nothing(
    database: Database, device: StandIn
) -> None:
    device.fail("gone")
    report = learn(database, settings_of(device))
    assert (report.works, report.sessions, report.decodes) == (False, 0, ())
    reason = "its driver does not answer (cu->cuInit(0) failed -> CUDA_ERROR_NO_DEVICE"
    assert all(each.reason.startswith(reason) for each in report.capabilities)
    assert told(report).startswith(f"encodes nothing: {reason}")
    with database.begin() as session:
        assert devices.usable(session, 60, awaited=True) == []
    device.fail()
    assert learn(database, settings_of(device)).works  # it is not believed to be broken for long


def test_a_worker_serves_gpu_where_it_encodes_and_has_a_device(device: StandIn) -> None:
    def classes(queues: str, has_devices: bool) -> tuple[Resource, ...]:
        return served(settings_of(device, queues=queues), has_devices)

    io, cpu, qc, gpu = Resource.IO, Resource.CPU, Resource.QC, Resource.GPU
    assert classes("io,cpu,qc", True) == (io, cpu, qc, gpu)
    assert classes("io,cpu,qc", False) == (io, cpu, qc)
    assert classes("gpu", True) == (gpu,)
    assert classes("gpu,cpu", False) == (cpu,)
    assert classes("io,qc", True) == (io, qc)


def test_a_watch_tries_a_device_again_and_closes_its_breaker(
    database: Database, device: StandIn
) -> None:
    settings = settings_of(device)
    report = learn(database, settings)
    watch = DeviceWatch(settings, database, find_tools(settings), [report])
    with database.begin() as session:
        breakers.note_failure(session, report.key, DeviceFault.GONE, "no device", 0.01)
    device.fail("garbage")

    def still_fails() -> bool:
        watch.look()
        with database.begin() as session:
            [listed] = devices.listed(session)
        assert listed.breaker != "closed"
        return "is another picture than the source's" in (listed.last_error or "")

    wait_until(still_fails)
    device.fail()

    def works_again() -> bool:
        watch.look()
        with database.begin() as session:
            return devices.usable(session, 60) == [report]

    wait_until(works_again)


def test_doctor_says_what_each_device_encodes_and_why_not(device: StandIn) -> None:
    ran = run_reelfarm(["doctor", "--json"], {**os.environ, **device.settings})
    document = json.loads(ran.stdout)
    assert (ran.status, document["healthy"]) == (0, True)
    found = {each["name"]: (each["works"], each["seen"]) for each in document["findings"]}
    assert found["device nvenc:0"] == (
        True,
        "NVIDIA: 3 encodes at once, decodes h264, hevc, av1",
    )
    assert found["h264_nvenc 8 bit on nvenc:0"][1].endswith("million pixels a second")
    assert found["av1_nvenc 10 bit on nvenc:0"] == (False, REFUSED)


def test_without_any_device_doctor_says_what_is_missing(device: StandIn) -> None:
    ran = run_reelfarm(["doctor", "--json"], {**os.environ, "REELFARM_DEVICES": "none"})
    found = {each["name"]: each for each in json.loads(ran.stdout)["findings"]}
    assert (found["devices"]["works"], found["devices"]["required"]) == (False, False)


def test_a_device_that_only_decodes_is_tried_by_decoding_and_says_both(
    database: Database, tmp_path: Path
) -> None:
    decoder = stand_in(tmp_path / "decoder", capacity=3, encoders=(), hold_s=0.3)
    settings = settings_of(decoder)
    report = learn(database, settings)
    assert (report.only_decodes, report.sessions, report.decode_sessions) == (True, 0, 3)
    assert [(gain.codec, gain.bit_depths) for gain in report.gains] == [
        *(("h264", (8,)), ("hevc", (8, 10)), ("av1", (8, 10))),
    ]
    assert all(gain.pixels_per_s > 1e6 and gain.start_s >= 0 for gain in report.gains)
    both = f"decodes h264, hevc, av1, 3 at once; encodes nothing: {REFUSED}"
    assert told(report) == both
    decoder.forget()
    assert learn(database, settings, "b:2") == report
    assert decoder.encodes == 0  # tried once for all of the machine
    watch = DeviceWatch(settings, database, find_tools(settings), [report])
    with database.begin() as session:
        breakers.note_failure(session, report.key, DeviceFault.GONE, "no device", 0.01)

    def works_again() -> bool:
        watch.look()
        with database.begin() as session:
            return devices.usable(session, 60) == [report]

    wait_until(works_again)
    ran = run_reelfarm(["doctor", "--json"], {**os.environ, **decoder.settings})
    found = {each["name"]: each for each in json.loads(ran.stdout)["findings"]}
    device = found["device nvenc:0"]
    assert (device["works"], device["seen"]) == (True, f"NVIDIA: {both}")
    assert found["decode hevc 8 and 10 bit on nvenc:0"]["works"]
    assert found["h264_nvenc 8 bit on nvenc:0"]["seen"] == REFUSED
