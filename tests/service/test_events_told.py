"""What becomes true of a title is told, with the data that docs/events.md promises."""

from __future__ import annotations

from farm.access import EVERY_TENANT
from farm.errors import ToolFailed
from farm.events import EventType
from farm.parts import Part
from farm.plan import StepPlan
from farm.states import ENDED_JOB, JobState
from services.publications import AssetGenerations
from storage.postgres import claims, control, events, leases, reconcile
from storage.postgres.events import BEGINNING, StoredEvent, Wanted
from tests.conftest import a_spec
from tests.service.retained import COST, OldFarm, farm
from tests.unit.event_table import ROWS, fields_of

__all__ = ["farm"]  # a fixture

FAILED = ToolFailed("ffmpeg died", argv=["-i"]).as_json()
ALWAYS = {"step", "kind", "label", "attempt", "worker", "outcome"}
WHEN_DONE = {"reused", "wall_s", "cpu_s", "device"}


def told(farm: OldFarm, *kinds: EventType) -> list[StoredEvent]:
    wanted = Wanted(EVERY_TENANT, types=frozenset(kinds) or None)
    with farm.database.begin() as session:
        return events.read(session, BEGINNING, wanted, 1000)


def test_the_data_of_events_of_jobs_is_as_documented(farm: OldFarm) -> None:
    job_id = farm.submit()
    with farm.database.begin() as session:
        control.pause(session, EVERY_TENANT, job_id)
    with farm.database.begin() as session:
        control.resume(session, EVERY_TENANT, job_id)
    claimed = farm.claim(job_id)
    spec = a_spec(farm.settings.state_dir / "a.mp4", farm.settings.state_dir / "out")
    generations = AssetGenerations(farm.database, spec, claimed)
    number = generations.reserve("digest")
    with generations.publishing(number) as is_published:
        assert is_published
    farm.end(job_id, JobState.PUBLISHED)
    for state in ENDED_JOB - {JobState.PUBLISHED}:
        ended = farm.submit()
        farm.claim(ended)
        farm.end(ended, state)
    found = {event.type: event for event in told(farm)}
    of_jobs = {kind for kind in ROWS if kind.startswith("job.")} | {"title.playable"}
    assert {kind: set(found[kind].data) for kind in of_jobs} == {
        kind: fields_of(kind) for kind in of_jobs
    }
    assert (found["title.playable"].job_id, found["title.playable"].tenant) == (job_id, "default")


def test_the_data_of_events_of_steps_is_as_documented(farm: OldFarm) -> None:
    job_id = farm.submit(*(StepPlan(name, "audio") for name in "abcde"))
    done = farm.claim(job_id, "a")
    with farm.database.begin() as session:
        claims.beat(session, {(done.step_id, done.epoch): 0.5}, 60.0)
    with farm.database.begin() as session:
        made = {"": ("print", Part({"made": "a"}))}
        leases.complete(session, done, made, {"": "print"}, (), COST)
    for key in "bcd":
        held = farm.claim(job_id, key)
        with farm.database.begin() as session:
            match key:
                case "b":
                    leases.retry_later(session, held, FAILED, 1.0)
                case "c":
                    leases.stop(session, held)
                case "d":
                    reconcile.release_worker(session, "here:1")
    left = farm.claim(job_id, "e")
    again = farm.claim(job_id, "c")
    with farm.database.begin() as session:
        leases.fail(session, again, FAILED, JobState.FAILED)
    with farm.database.begin() as session:
        leases.stop(session, left)

    for kind in (EventType.STEP_STARTED, EventType.STEP_PROGRESS):
        assert {frozenset(event.data) for event in told(farm, kind)} == {fields_of(kind)}
    ended = [event.data for event in told(farm, EventType.STEP_ENDED)]
    outcomes = {data["outcome"]: (data["step"], data.get("error")) for data in ended}
    shown = {"code": "tool_failed", "message": "ffmpeg died"}
    assert outcomes == {
        "done": ("a", None),
        "retrying": ("b", shown),
        "released": ("c", None),
        "lost": ("d", None),
        "failed": ("c", shown),
        "cancelled": ("e", None),
    }
    for data in ended:
        of_its_own = WHEN_DONE if data["outcome"] == "done" else {"error"}
        assert set(data) == ALWAYS | of_its_own
    assert ALWAYS | WHEN_DONE | {"error"} == fields_of(EventType.STEP_ENDED)
