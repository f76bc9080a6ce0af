"""A process killed at each named place, between any two things that should not come apart."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select, update

from cli.health import health_of
from farm import failpoint
from farm.access import LOCAL, Scope
from farm.ladder_policy import AdaptiveRules, LadderPolicy, PolicyRung
from farm.spec import JobSpec
from services.keys import make_key
from storage.postgres.models import Delivery, Job
from tests.faults.conftest import MakeFarm, MakeSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import check_all, published_generations
from tests.faults.processes import Member
from tests.service.deliveries import SECRET, verified
from tests.service.ports import free_port
from tests.service.web_server import web_server

KILLED = -signal.SIGKILL
LEASE_S = 3.0  # of a fault farm
DECIDING = ("before-pointers", "between-pointers", "after-pointers")

# The places that come without our help while a worker makes a title.
ON_THE_WAY = [
    name
    for name in failpoint.NAMES
    if name.startswith(("claim.", "store.", "complete.", "publish.", "wake."))
]
FAST = {"complete.before-commit", "publish.between-pointers"}


def slowly(names: list[str]) -> list[Any]:
    """Return test parameters, all but a few of them for `make faults` only."""
    return [
        pytest.param(name, marks=() if name in FAST else pytest.mark.slow_fault) for name in names
    ]


def wait_for_death(farm: FaultFarm, member: Member) -> None:
    """Return when a process has died at its failpoint."""
    farm.wait_until(lambda: not member.alive, f"{member.name} to reach its failpoint")
    assert member.status == KILLED, member.log_text()[-2000:]


@pytest.mark.parametrize("name", slowly(ON_THE_WAY))
def test_a_worker_that_dies_on_the_way_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], name: str
) -> None:
    farm = make_farm(workers=1, first={"REELFARM_FAILPOINT": name})
    job_id = farm.submit(make_spec(farm))
    wait_for_death(farm, farm.workers[0])
    farm.restart(farm.workers[0])
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert published_generations(farm) == [("title", 1)]
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["fail.before-commit", "fail.after-commit"])
def test_a_worker_that_dies_while_it_reports_a_failure_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], name: str
) -> None:
    farm = make_farm(workers=1, first={"REELFARM_FAILPOINT": name})
    job_id = farm.submit(make_spec(farm))
    farm.catch(job_id, "analyze").program.kill()
    wait_for_death(farm, farm.workers[0])
    farm.restart(farm.workers[0])
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


FOLLOWS = LadderPolicy(
    name="follows",
    policy="per-title",
    adaptive=AdaptiveRules(min_bps=20_000, max_rungs=2, min_windows=1, max_windows=1),
    preset="ultrafast",
    gop_s=0.5,
    segment_gops=2,
    rungs=(
        PolicyRung(width=160, height=90, max_bps=300_000, crf=30),
        PolicyRung(width=320, height=180, max_bps=900_000, crf=26),
    ),
)


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["ask.before-commit", "ask.after-commit"])
def test_a_worker_that_dies_while_a_step_asks_for_others_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, name: str
) -> None:
    farm = make_farm(workers=1, first={"REELFARM_FAILPOINT": name})
    job_id = farm.submit(make_spec(farm, ladder=FOLLOWS))
    wait_for_death(farm, farm.workers[0])
    farm.restart(farm.workers[0])
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    record = farm.record(job_id)
    kinds = [step["kind"] for step in record["steps"]]
    assert kinds.count("ladder") == 1
    assert kinds.count("trial") == len({s["key"] for s in record["steps"] if s["kind"] == "trial"})
    assert record["ladder"]["trials"] is not None
    check_all(farm)


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["release.before-commit", "release.after-commit"])
def test_a_worker_that_dies_while_it_gives_a_step_back_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], name: str
) -> None:
    farm = make_farm(workers=1, first={"REELFARM_FAILPOINT": name, "REELFARM_GRACE_S": "0"})
    job_id = farm.submit(make_spec(farm))
    farm.catch(job_id, "analyze").worker.send(signal.SIGTERM)
    wait_for_death(farm, farm.workers[0])
    farm.restart(farm.workers[0])
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    check_all(farm, undisturbed)


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["reap.before-commit", "reap.after-commit"])
def test_a_reconciler_that_dies_while_it_takes_a_lease_back_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], name: str
) -> None:
    farm = make_farm(workers=1)
    reconciler = farm.reconcilers[0]
    job_id = farm.submit(make_spec(farm))
    caught = farm.catch(job_id, "encode")
    reconciler.kill()
    caught.worker.kill()
    time.sleep(LEASE_S)  # else the first pass would find nothing to take back, and not get there
    reconciler.start(REELFARM_FAILPOINT=name)
    wait_for_death(farm, reconciler)
    reconciler.start()
    farm.restart(caught.worker)
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert farm.step(job_id, caught.step.key).lost_leases == 1
    check_all(farm, undisturbed)


@pytest.mark.parametrize("name", slowly(["submit.before-commit", "submit.after-commit"]))
def test_an_api_that_dies_has_either_taken_a_title_in_or_not(
    make_farm: MakeFarm, make_spec: MakeSpec, undisturbed: dict[str, Any], name: str
) -> None:
    farm = make_farm()
    port = free_port()
    api = farm.member("api", "api", "--port", f"{port}")
    desk = submitting(farm, make_spec(farm), port)
    api.start(REELFARM_FAILPOINT=name)
    wait_for_port(farm, port)
    desk.start()
    assert desk.wait() == 1, desk.log_text()
    assert api.wait() == KILLED, api.log_text()
    with farm.database.begin() as session:
        accepted = session.scalars(select(Job.id)).all()
    assert len(accepted) == (name == "submit.after-commit")
    api.start()
    wait_for_port(farm, port)
    desk.start()  # sends the same title with the same Idempotency-Key
    assert desk.wait() == 0, desk.log_text()
    job_id = desk.log_text().split()[-1]
    assert not accepted or accepted == [job_id]
    assert farm.wait_for_end(job_id) == "PUBLISHED"
    with farm.database.begin() as session:
        assert session.scalars(select(Job.id)).all() == [job_id]
    api.stop()
    check_all(farm, undisturbed)


def submitting(farm: FaultFarm, spec: JobSpec, port: int) -> Member:
    """Return a process that hands `spec` in, once, by the command line."""
    ladder = farm.folder / "ladder.yaml"
    ladder.write_text(yaml.safe_dump(spec.ladder.model_dump(mode="json")))
    options = ("--origin", spec.origin, "--ladder", str(ladder), "--asset", spec.asset)
    key = make_key(farm.database, LOCAL, "the desk's", [Scope.SUBMIT]).token
    there = ("--url", f"http://127.0.0.1:{port}", "--key", key, "--idempotency-key", "once")
    return farm.member("desk", "submit", *options, *there, spec.source)


def wait_for_port(farm: FaultFarm, port: int) -> None:
    """Return when an API of this machine answers."""
    farm.wait_until(lambda: health_of("api", True, port, farm.settings)[0], "the API to be ready")


@pytest.mark.slow_fault
@pytest.mark.parametrize("name", ["housekeeping.after-mark", "housekeeping.after-manifests"])
def test_a_reconciler_that_dies_while_it_removes_a_generation_is_made_up_for(
    make_farm: MakeFarm, make_spec: MakeSpec, name: str
) -> None:
    farm = make_farm()
    for rungs in (1, 2):
        spec = make_spec(farm)
        ladder = spec.ladder.model_copy(update={"rungs": spec.ladder.rungs[:rungs]})
        job_id = farm.submit(spec.model_copy(update={"ladder": ladder}))
        assert farm.wait_for_end(job_id) == "PUBLISHED"
    assert published_generations(farm) == [("title", 2)]
    housekeeper = farm.member("housekeeper", "reconcile", "--once")
    housekeeper.start(REELFARM_KEEP_GENERATIONS_S="0", REELFARM_FAILPOINT=name)
    assert housekeeper.wait() == KILLED, housekeeper.log_text()
    housekeeper.start(REELFARM_KEEP_GENERATIONS_S="0", REELFARM_ABANDONED_AFTER_S="0")
    assert housekeeper.wait() == 0, housekeeper.log_text()
    assert published_generations(farm) == [("title", 1)]
    check_all(farm)


@pytest.mark.slow_fault
@pytest.mark.parametrize(("name", "calls"), [("deliver.before-send", 1), ("deliver.after-send", 2)])
def test_a_reconciler_that_dies_while_it_calls_a_webhook_calls_again(
    make_farm: MakeFarm, make_spec: MakeSpec, name: str, calls: int
) -> None:
    with web_server({"/hook": lambda request: request.answer(204)}) as receiver:
        farm = make_farm(REELFARM_PRIVATE_HOSTS="127.0.0.1", REELFARM_WEBHOOK_SECRET=SECRET)
        reconciler = farm.reconcilers[0]
        reconciler.kill()
        reconciler.start(REELFARM_FAILPOINT=name)
        job_id = farm.submit(make_spec(farm, webhook=receiver.url("/hook")))
        assert farm.wait_for_end(job_id) == "PUBLISHED"
        wait_for_death(farm, reconciler)
        with farm.database.begin() as session:  # the minute until it is tried again has passed
            session.execute(update(Delivery).values(next_at=func.now()))
        reconciler.start()
        farm.wait_until(lambda: is_delivered(farm), "the delivery to be noted")
        bodies = [verified(request, SECRET) for request in receiver.seen]
        told = [(body["type"], body["data"]["job"]) for body in bodies]
        assert told == calls * [("job.published", job_id)]
        assert len({request.headers["webhook-id"] for request in receiver.seen}) == 1
        check_all(farm)


def is_delivered(farm: FaultFarm) -> bool:
    with farm.database.begin() as session:
        return session.scalars(select(Delivery.delivered_at)).one() is not None


def test_every_failpoint_is_tried() -> None:
    tried = {*ON_THE_WAY, "submit.before-commit", "submit.after-commit"}
    # The last two are tried in test_reviews.py and test_repairs.py.
    for prefix in ("ask", "fail", "release", "reap", "review", "reopen"):
        tried |= {f"{prefix}.before-commit", f"{prefix}.after-commit"}
    tried |= {"housekeeping.after-mark", "housekeeping.after-manifests"}
    tried |= {"deliver.before-send", "deliver.after-send"}
    tried |= {f"decide.{place}" for place in DECIDING}  # in tests/faults/test_assets.py
    assert tried == set(failpoint.NAMES)
