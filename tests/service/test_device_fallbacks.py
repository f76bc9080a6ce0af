"""Where an encode goes that a device did not do: no error of the step's, as PostgreSQL has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from farm.devices import Capability, DeviceFault, DeviceReport
from farm.errors import DeviceFailed
from farm.ladder import Chunk
from farm.plan import Resource, StepPlan
from farm.serial import to_json
from farm.settings import Settings
from planning.params import DeviceShare, EncodeParams
from planning.sizes import sized
from services.fallbacks import SESSION_TRIES, Moved, after_fault, rescue_stranded
from storage.postgres import devices, jobs
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Job, Step
from tests.conftest import a_spec
from tests.unit.test_graph_encode import LOW, PLAIN, TIMELINE, TOP

WORKS = Capability("h264", 8, "h264_nvenc", works=True, pixels_per_s=1e9)
GPU = DeviceReport("m/1", "nvenc:0", "nvenc", "550", 8, (WORKS,), ("h264",))
OTHER = DeviceReport("m/2", "nvenc:1", "nvenc", "550", 8, (WORKS,), ("h264",))
SHARE = DeviceShare("nvenc", (LOW.name, TOP.name), "nv12")


class Farm:
    """A job of three chunks that are to be made on a device, and what happens to them."""

    def __init__(self, database: Database, tmp_path: Path, device: str = "prefer") -> None:
        self.database = database
        self.settings = Settings(state_dir=tmp_path, max_attempts=2, backoff_s=0)
        self.spec = a_spec(Path("a.mp4"), Path("out"), device=device)
        plans = [sized(self._plan(index)) for index in range(3)]
        with database.begin() as session:
            self.job, freed = jobs.submit(session, self.spec, plans, "request")
            session.execute(update(Job).values(state="RUNNING"))
            session.execute(update(Step).values(begins=False))
        self.turns = [Turn(step.step_id, self.job, Resource.GPU, False) for step in freed]

    def _plan(self, index: int) -> StepPlan:
        chunk = Chunk(index, index * 480, 480, 0)
        params = EncodeParams(PLAIN, TIMELINE, chunk, (LOW, TOP), False, SHARE)
        return StepPlan(f"encode:{index}", "encode", to_json(params), label=f"encode {index + 1}/3")

    def know(self, *reports: DeviceReport) -> None:
        with self.database.begin() as session:
            for report in reports:
                devices.note(session, "here:1", report)

    def take(self, index: int, key: str = GPU.key) -> Claim:
        with self.database.begin() as session:
            session.execute(text("UPDATE step SET not_before = NULL"))
            claimed = devices.claim_with_device(session, self.turns[index], key, "here:1", 60)
        assert claimed is not None
        return claimed

    def fail(self, claimed: Claim, fault: DeviceFault) -> Moved | None:
        failed = DeviceFailed("nvenc:0: gone", fault=fault.value, reason="gone", device="nvenc:0")
        with self.database.begin() as session:
            return after_fault(session, claimed, failed, self.settings)

    def steps(self) -> list[Step]:
        with self.database.begin() as session:
            return list(session.scalars(select(Step).order_by(Step.id)))

    def shown(self) -> list[tuple[Any, ...]]:
        return [(step.state, step.resource, step.device_kind) for step in self.steps()]


ON_CPU = ("QUEUED", "cpu", None)
ON_GPU = ("QUEUED", "gpu", "nvenc")


def test_another_device_comes_before_the_processor(database: Database, tmp_path: Path) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU, OTHER)
    moved = farm.fail(farm.take(0), DeviceFault.GARBAGE)
    assert moved is not None
    assert (moved.to, [step.resource for step in moved.wake]) == ("another device", [Resource.GPU])
    first = farm.steps()[0]
    assert (first.avoids, first.attempts, first.errors) == ([GPU.key], 0, 0)
    assert first.fallbacks == [
        {
            **{"device": "nvenc:0", "driver": "550", "fault": "garbage", "reason": "gone"},
            "to": "another device",
        }
    ]
    moved = farm.fail(farm.take(0, OTHER.key), DeviceFault.GARBAGE)
    assert moved is not None
    assert (moved.to, farm.shown()) == ("the CPU", [ON_CPU] * 3)


def test_with_one_chunk_all_that_wait_go_to_the_processor_and_what_runs_goes_on(
    database: Database, tmp_path: Path
) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU)
    failing, _running = farm.take(0), farm.take(1)
    moved = farm.fail(failing, DeviceFault.GONE)
    assert moved is not None
    assert {step.step_id for step in moved.wake} == {farm.turns[0].step_id, farm.turns[2].step_id}
    assert farm.shown() == [ON_CPU, ("RUNNING", "gpu", "nvenc"), ON_CPU]
    first, second, third = farm.steps()
    assert (first.params["share"], third.params["share"]) == (None, None)
    assert first.cores > 2 > second.cores
    assert [entry["fault"] for entry in first.fallbacks + third.fallbacks] == ["gone", "mixed"]
    assert third.fallbacks[0]["reason"] == (
        "encode 1/3 goes to the CPU, and a rendition is made by one encoder"
    )


def test_a_device_without_sessions_is_waited_for_a_few_times(
    database: Database, tmp_path: Path
) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU, OTHER)
    for _ in range(SESSION_TRIES):
        moved = farm.fail(farm.take(0), DeviceFault.SESSIONS)
        assert moved is not None
        assert moved.to == "a device, when it has a session free"
        assert farm.steps()[0].avoids == []
    moved = farm.fail(farm.take(0), DeviceFault.SESSIONS)
    assert (moved and moved.to) == "another device"


@pytest.mark.parametrize("fault", [DeviceFault.UNSUITED, DeviceFault.SURFACES])
def test_what_a_device_does_not_decode_it_may_still_encode(
    database: Database, tmp_path: Path, fault: DeviceFault
) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU)
    moved = farm.fail(farm.take(0), fault)
    assert (moved and moved.to) == "a device, decoded on the CPU"
    assert farm.steps()[0].params["share"] == {**to_json(SHARE), "decoded": None}
    moved = farm.fail(farm.take(0), fault)
    assert (moved and moved.to) == "the CPU"


def test_require_waits_for_a_device_and_ends_after_as_many_tries_as_any_step(
    database: Database, tmp_path: Path
) -> None:
    farm = Farm(database, tmp_path, device="require")
    farm.know(GPU)
    moved = farm.fail(farm.take(0), DeviceFault.GARBAGE)
    assert (moved and moved.to) == "a device, later"
    assert (farm.shown(), farm.steps()[0].errors) == ([ON_GPU] * 3, 1)
    assert farm.fail(farm.take(0), DeviceFault.GARBAGE) is None


def test_steps_whose_device_is_gone_are_rescued_where_the_processor_may_have_them(
    database: Database, tmp_path: Path
) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU)
    assert rescue_stranded(database, farm.settings) == []
    farm.take(0)
    assert rescue_stranded(database, farm.settings) == []  # it is busy, not gone
    with database.begin() as session:
        session.execute(text("UPDATE device SET seen_at = now() - interval '1 hour'"))
    rescued = rescue_stranded(database, farm.settings)
    assert [step.step_id for step in rescued] == [turn.step_id for turn in farm.turns[1:]]
    assert farm.shown() == [("RUNNING", "gpu", "nvenc"), ON_CPU, ON_CPU]


def test_nobody_rescues_what_asks_for_a_device(database: Database, tmp_path: Path) -> None:
    farm = Farm(database, tmp_path, device="require")
    assert rescue_stranded(database, farm.settings) == []
    assert farm.shown() == [ON_GPU] * 3


def test_a_paused_jobs_steps_keep_their_count_by_class(database: Database, tmp_path: Path) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU)
    claimed = farm.take(0)
    with database.begin() as session:
        session.execute(update(Job).values(state="PAUSED"))
        session.execute(update(Step).where(Step.state == "QUEUED").values(state="BLOCKED"))
    moved = farm.fail(claimed, DeviceFault.GONE)
    assert (moved and moved.wake) == ()
    assert farm.shown() == [("BLOCKED", "cpu", None)] * 3
    with database.begin() as session:
        counted = session.execute(
            text("SELECT resource, sum(steps) FROM blocked_steps GROUP BY 1 HAVING sum(steps) <> 0")
        )
        assert dict(counted.all()) == {"cpu": 3}


def test_a_lease_that_is_lost_changes_nothing_but_the_device(
    database: Database, tmp_path: Path
) -> None:
    farm = Farm(database, tmp_path)
    farm.know(GPU)
    claimed = farm.take(0)
    with database.begin() as session:
        session.execute(update(Step).where(Step.id == claimed.step_id).values(epoch=Step.epoch + 1))
    assert farm.fail(claimed, DeviceFault.GONE) is None
    assert farm.shown()[0] == ("RUNNING", "gpu", "nvenc")
    with database.begin() as session:
        assert devices.usable(session, 60) == []
