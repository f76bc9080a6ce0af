"""Housekeeping on a real PostgreSQL: what may go goes, and nothing else."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from farm.errors import StorageUnavailable
from farm.settings import Settings
from farm.states import JobState
from storage.objects.directory import DirectoryStore
from storage.objects.store import Headers
from storage.postgres import generations
from storage.postgres.database import Database
from storage.postgres.generations import Asset, Numbered
from tests.service.interrupted import DAY_H, NOTHING, TITLE_OBJECTS, desk, interrupt, numbered, tend
from tests.service.publication import Desk, led_to_in_full, run
from workers.upkeep import retiring
from workers.upkeep.housekeeping import MAX_TROUBLES, keep_house

__all__ = ["desk"]  # a fixture


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
