"""What one of all reconcilers does now and then, nobody does twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from farm.settings import Settings
from storage.objects.directory import SIDE
from storage.postgres import chores
from storage.postgres.database import Database
from storage.postgres.models import Chore
from workers.upkeep.housekeeping import keep_house

HOUR_S = 3600.0


def take(database: Database, name: str = "sweep") -> bool:
    with database.begin() as session:
        return chores.take(session, name, HOUR_S)


def pass_by(database: Database, minutes: int) -> None:
    with database.begin() as session:
        session.execute(update(Chore).values(begun_at=Chore.begun_at - timedelta(minutes=minutes)))


def test_a_chore_is_taken_once_an_hour(database: Database) -> None:
    assert [take(database), take(database), take(database, "another")] == [True, False, True]
    pass_by(database, 59)
    assert not take(database)
    pass_by(database, 2)
    assert [take(database), take(database)] == [True, False]


def test_of_many_who_ask_at_once_one_gets_it(database: Database) -> None:
    for _ in range(5):
        with ThreadPoolExecutor(8) as askers:
            assert sum(askers.map(lambda _: take(database), range(8))) == 1
        pass_by(database, 61)


def test_a_chore_whose_taker_could_not_commit_is_there_for_the_next(database: Database) -> None:
    with pytest.raises(RuntimeError), database.begin() as session:
        assert chores.take(session, "sweep", HOUR_S)
        raise RuntimeError("killed")
    assert take(database)


def test_reconcilers_look_for_unfinished_puts_once_an_hour(
    database: Database, tmp_path: Path
) -> None:
    settings = [Settings(state_dir=tmp_path / name) for name in "ab"]

    def last_looked() -> datetime:
        for each in settings:
            keep_house(database, each)
        with database.begin() as session:
            return session.get_one(Chore, "incoming").begun_at

    first = last_looked()
    assert last_looked() == first
    pass_by(database, 61)
    assert last_looked() > first


def test_what_is_abandoned_sooner_is_looked_for_as_often(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(state_dir=tmp_path, abandoned_after_s=0.0)
    left = Path(settings.work) / SIDE / "incoming" / "1"
    left.parent.mkdir(parents=True)
    for _ in range(2):
        left.write_text("cut short")
        assert keep_house(database, settings).incoming == 1
