"""Housekeeping on a real PostgreSQL: what may go goes, and nothing else."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from farm.errors import Cancelled, StorageUnavailable
from farm.settings import Settings
from farm.states import JobState
from storage.objects.directory import DirectoryStore
from storage.objects.store import Headers
from storage.postgres import generations
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.generations import Asset, Numbered
from storage.postgres.models import Generation, Step
from tests.conftest import S3, MakeContext
from tests.service.publication import Desk, led_to_in_full, run
from workers.publishing.origin import pointer_keys, pointers_to
from workers.upkeep import retiring
from workers.upkeep.housekeeping import MAX_TROUBLES, Kept, keep_house

DAY_H = 25.0  # more than a day, the time that generations and uploads are kept for
NOTHING = Kept(pointers=0, uploads=0, incoming=0, generations=0, objects=0)
TITLE_OBJECTS = 7


@pytest.fixture(params=["directory", "s3"])
def desk(
    request: pytest.FixtureRequest, database: Database, step_context: MakeContext, tmp_path: Path
) -> Desk:
    if request.param == "directory":
        settings = Settings(state_dir=tmp_path / "state")
        return Desk(database, step_context, settings, tmp_path, str(tmp_path / "origin"))
    s3: S3 = request.getfixturevalue("s3")
    settings = s3.settings.model_copy(update={"state_dir": tmp_path / "state"})
    return Desk(database, step_context, settings, tmp_path, s3.new_location())


def tend(desk: Desk) -> Kept:
    return keep_house(desk.database, desk.settings)


def numbered(desk: Desk, number: int) -> Numbered:
    with desk.database.begin() as session:
        digest = session.scalar(select(Generation.digest).where(Generation.number == number))
    assert digest is not None
    return Numbered(desk.asset, number, digest)


def lead_to(desk: Desk, number: int) -> None:
    """Write the pointers as a publisher of this generation does, however late."""
    for pointer in pointers_to(desk.origin, numbered(desk, number)):
        pointer.put(desk.origin)


def interrupt(desk: Desk, mark: str, state: JobState = JobState.CANCELLED) -> Claim:
    """Publish a title up to, but without, the pointers; then end its job."""
    claimed = desk.claim()
    calls = iter(range(TITLE_OBJECTS))  # one more check comes before the first pointer

    def check() -> None:
        if next(calls, None) is None:
            raise Cancelled("the job was cancelled")

    with pytest.raises(Cancelled):
        run(replace(desk.context(claimed, mark), check_wanted=check))
    desk.end(claimed, state)
    return claimed


def test_the_current_generation_and_a_young_one_stay(desk: Desk) -> None:
    desk.publish("one")
    desk.publish("two")
    before = desk.objects()
    assert (tend(desk), desk.objects()) == (NOTHING, before)
    desk.age(2, DAY_H)
    assert (tend(desk), desk.objects()) == (NOTHING, before)


def test_a_generation_superseded_long_ago_is_removed_and_forgotten(desk: Desk) -> None:
    old = desk.publish("one").origin_prefix
    desk.publish("two")
    desk.age(1, DAY_H)
    assert tend(desk) == replace(NOTHING, generations=1, objects=TITLE_OBJECTS)
    assert (desk.objects(f"{old}/"), desk.rows()) == ([], {2: "published"})
    assert led_to_in_full(desk.origin, desk.asset) == "two"
    assert tend(desk) == NOTHING


def test_nothing_is_removed_while_a_job_may_publish_it_again(desk: Desk) -> None:
    desk.publish("one")
    desk.publish("two")
    desk.age(1, DAY_H)
    claimed = desk.claim()
    assert tend(desk) == NOTHING
    assert run(desk.context(claimed, "one")).generation == 1
    assert tend(desk) == NOTHING
    desk.end(claimed, JobState.PUBLISHED)
    assert tend(desk) == NOTHING
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "published superseded"}


def test_jobs_of_other_assets_do_not_hold_it_up(desk: Desk) -> None:
    desk.publish("one")
    desk.publish("two")
    desk.age(1, DAY_H)
    desk.claim(asset="other")
    assert tend(desk).generations == 1


def test_a_generation_of_a_job_that_ended_in_vain_is_removed(desk: Desk) -> None:
    desk.publish("one")
    interrupt(desk, "two")
    assert tend(desk) == replace(NOTHING, generations=1, objects=TITLE_OBJECTS)
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "removing"}


def test_what_a_suspended_publisher_uploads_late_is_removed_as_well(desk: Desk) -> None:
    desk.publish("one")
    interrupt(desk, "two")
    tend(desk)
    late = f"{numbered(desk, 2).folder}/video/0.m4s"
    desk.origin.put_bytes(late, b"late", Headers())
    assert (tend(desk).objects, desk.origin.head(late)) == (1, None)
    desk.age(2, DAY_H)
    desk.origin.put_bytes(late, b"later still", Headers())
    assert (tend(desk).objects, desk.origin.head(late)) == (1, None)
    # Its number is kept, so that nobody can be given it again.
    assert desk.rows() == {1: "published", 2: "removing gone"}
    assert desk.publish("two").generation == 3
    assert desk.rows() == {1: "published superseded", 3: "published"}


def test_content_that_is_being_removed_is_published_anew(desk: Desk) -> None:
    desk.publish("one")
    interrupt(desk, "two")
    tend(desk)
    assert desk.publish("two").generation == 3
    tend(desk)
    assert led_to_in_full(desk.origin, desk.asset) == "two"
    assert desk.rows() == {1: "published superseded", 2: "removing", 3: "published"}


def test_a_pointer_that_a_suspended_publisher_wrote_late_is_brought_back(desk: Desk) -> None:
    claimed = desk.claim()
    run(desk.context(claimed, "one"))
    with desk.database.begin() as session:  # the lease was lost, and a second attempt completed
        session.execute(update(Step).where(Step.id == claimed.step_id).values(attempts=2))
    desk.end(claimed, JobState.PUBLISHED)
    desk.publish("two")
    desk.age(1, DAY_H)
    lead_to(desk, 1)
    assert tend(desk) == replace(NOTHING, pointers=1)
    assert led_to_in_full(desk.origin, desk.asset) == "two"
    # Players were led to the old generation until now: it stays for its time.
    assert desk.rows() == {1: "published superseded", 2: "published"}
    assert (tend(desk), led_to_in_full(desk.origin, desk.asset)) == (NOTHING, "two")
    desk.age(1, DAY_H)
    assert tend(desk).generations == 1


@pytest.mark.parametrize("moved", [[0], [1], [0, 1]])
def test_pointers_of_a_job_that_ended_in_vain_are_brought_back(
    desk: Desk, moved: list[int]
) -> None:
    desk.publish("one")
    interrupt(desk, "two", JobState.FAILED)
    pointers = pointers_to(desk.origin, numbered(desk, 2))
    for which in moved:
        pointers[which].put(desk.origin)
    assert tend(desk) == replace(NOTHING, pointers=1)
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "superseded"}
    desk.age(2, DAY_H)
    assert tend(desk) == replace(NOTHING, generations=1, objects=TITLE_OBJECTS)


@pytest.mark.parametrize("damaged", ["manifest.mpd", "master.m3u8"])
def test_pointers_stay_where_the_current_manifests_are_damaged(
    desk: Desk, damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    current = desk.publish("one").origin_prefix
    interrupt(desk, "two")
    lead_to(desk, 2)
    desk.origin.put_bytes(f"{current}/{damaged}", b"\xff", Headers())
    with caplog.at_level(logging.WARNING):
        assert tend(desk) == NOTHING
    [message] = [record.getMessage() for record in caplog.records]
    assert message.endswith(
        f"the manifests in {desk.origin.url(current)} are damaged: submit the title again"
    )
    assert led_to_in_full(desk.origin, desk.asset) == "two"


def test_what_pointers_lead_to_stays_though_it_never_was_published(desk: Desk) -> None:
    interrupt(desk, "one")
    lead_to(desk, 1)
    assert (tend(desk), led_to_in_full(desk.origin, desk.asset)) == (NOTHING, "one")


def test_pointers_that_were_taken_away_are_not_brought_back(desk: Desk) -> None:
    desk.publish("one")
    interrupt(desk, "two")
    for key in pointer_keys(desk.asset):
        desk.origin.delete(key)
    assert tend(desk).pointers == 0
    assert [desk.origin.head(key) for key in pointer_keys(desk.asset)] == [None, None]


def test_an_asset_that_is_being_published_is_left_alone(desk: Desk) -> None:
    desk.publish("one")
    desk.publish("two")
    desk.age(1, DAY_H)
    with desk.database.begin() as session:
        generations.lock(session, desk.asset)
        assert tend(desk) == NOTHING
    assert tend(desk).generations == 1


def test_passes_at_once_do_the_work_of_one(desk: Desk) -> None:
    for mark in ("one", "two", "three"):
        desk.publish(mark)
    desk.age(1, DAY_H)
    desk.age(2, DAY_H)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tend, [desk] * 4))
    assert tend(desk) == NOTHING
    assert desk.rows() == {3: "published"}
    assert led_to_in_full(desk.origin, desk.asset) == "three"


class Noting(DirectoryStore):
    """A store that remembers what was deleted from it, in order."""

    deleted: tuple[str, ...] = ()

    def delete(self, key: str) -> None:
        self.deleted += (key,)
        super().delete(key)


def test_manifests_go_first(tmp_path: Path, settings: Settings) -> None:
    store = Noting(tmp_path)
    generation = Numbered(Asset("x", "t", "a"), 1, "0123456789")
    names = ("0.m4s", "manifest.mpd", "a/0.m4s", "a/playlist.m3u8", "master.m3u8")
    for name in names:
        store.put_bytes(f"{generation.folder}/{name}", b"", Headers())
    assert retiring.remove(store, generation) == len(names)
    suffixes = [key.rpartition(".")[2] for key in store.deleted]
    assert (sorted(suffixes[:3]), suffixes[3:]) == (["m3u8", "m3u8", "mpd"], ["m4s", "m4s"])


def test_an_origin_out_of_order_does_not_hold_up_the_others(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(desk, location="ftp://host/x")
    for asset in "abcde":
        broken.end(broken.claim(asset), JobState.CANCELLED)
    desk.publish("one")
    desk.publish("two")
    desk.age(1, DAY_H)
    with caplog.at_level(logging.WARNING):
        assert tend(desk).generations == 1
    [message, *more] = [record.getMessage() for record in caplog.records]
    assert message.startswith(
        "ftp://host/x: origin 'ftp://host/x': ftp:// is not a kind of storage"
    )
    assert more == [message] * (MAX_TROUBLES - 1)


def test_without_postgresql_a_pass_ends_at_once(tmp_path: Path) -> None:
    gone = Database(f"postgresql://nobody@/postgres?host={tmp_path}")
    with pytest.raises(StorageUnavailable, match="PostgreSQL did not answer"):
        keep_house(gone, Settings(state_dir=tmp_path))
    gone.close()
