"""Generation numbers on a real PostgreSQL."""

import threading
from pathlib import Path

from sqlalchemy import func, select, update

from storage.postgres import generations, jobs, retirement
from storage.postgres.database import Database
from storage.postgres.generations import Asset, Numbered
from storage.postgres.models import Generation, Job
from tests.conftest import a_spec

TITLE = Asset("out", "t", "a")


def a_job(database: Database) -> str:
    with database.begin() as session:
        return jobs.submit(session, a_spec(Path("a.mp4"), Path("out")), [], "request")[0]


def reserve(database: Database, job_id: str, *contents: str) -> list[int]:
    with database.begin() as session:
        return [generations.reserve(session, TITLE, content, job_id).number for content in contents]


def publish(database: Database, job_id: str, number: int) -> None:
    with database.begin() as session:
        generations.publish(session, TITLE, number, session.get_one(Job, job_id))


def test_content_that_is_known_keeps_its_number(database: Database) -> None:
    job_id = a_job(database)
    numbers = reserve(database, job_id, "one", "two", "one")
    with database.begin() as session:
        other = generations.reserve(session, Asset("out", "t", "b"), "one", job_id)
    assert (numbers, other) == ([1, 2, 1], Numbered(Asset("out", "t", "b"), 1, "one"))


def test_a_generation_belongs_to_the_job_that_reserved_it_last(database: Database) -> None:
    first, second = a_job(database), a_job(database)
    reserve(database, first, "one", "two")
    reserve(database, second, "one")
    with database.begin() as session:
        owners = session.scalars(select(Generation.job_id).order_by(Generation.number)).all()
    assert owners == [second, first]


def test_publishers_that_race_get_different_numbers(database: Database) -> None:
    job_id = a_job(database)
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: numbers.extend(reserve(database, job_id, str(n))))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_publishing_supersedes_whatever_pointers_led_to_before(database: Database) -> None:
    job_id = a_job(database)
    reserve(database, job_id, "one", "two", "three")
    for number in (1, 2, 1):
        publish(database, job_id, number)
    with database.begin() as session:
        rows = session.scalars(select(Generation).order_by(Generation.number)).all()
        current = generations.current(session, TITLE)
    assert [row.published_at is not None for row in rows] == [True, True, False]
    assert [row.superseded_at is not None for row in rows] == [False, True, True]
    assert current == Numbered(TITLE, 1, "one")


def test_the_newest_publication_is_current_where_nothing_was_superseded(
    database: Database,
) -> None:
    """As the rows of version 0.1 are."""
    job_id = a_job(database)
    reserve(database, job_id, "one", "two")
    for number in (2, 1):
        publish(database, job_id, number)
    with database.begin() as session:
        session.execute(update(Generation).values(superseded_at=None))
        assert generations.current(session, TITLE) == Numbered(TITLE, 1, "one")


def test_what_is_being_removed_is_never_reserved_again_nor_its_number(database: Database) -> None:
    reserve(database, a_job(database), "one")
    with database.begin() as session:
        marked = retirement.mark(session, TITLE, 0.0, ())
        retirement.forget(session, Numbered(TITLE, 1, "one"))
    numbers = reserve(database, a_job(database), "one")
    with database.begin() as session:
        known = session.scalars(select(Generation.number)).all()
    assert (marked, numbers, known) == ([1], [2], [2])


def test_of_two_submissions_the_one_written_down_later_is_the_newer(database: Database) -> None:
    first, second, third = (a_job(database) for _ in range(3))
    with database.begin() as session:  # as after a clock that was set back
        session.execute(update(Job).where(Job.id == second).values(created_at=func.to_timestamp(0)))
    reserve(database, second, "one")
    publish(database, second, 1)
    with database.begin() as session:
        since = [
            generations.published_since(session, TITLE, session.get_one(Job, job_id))
            for job_id in (first, second, third)
        ]
        elsewhere = generations.published_since(
            session, Asset("elsewhere", "t", "a"), session.get_one(Job, first)
        )
    assert (since, elsewhere) == ([second, None, None], None)


def test_what_came_too_late_is_kept_as_what_was_just_superseded(database: Database) -> None:
    first, second = a_job(database), a_job(database)
    reserve(database, second, "one")
    publish(database, second, 1)
    reserve(database, first, "two", "one")
    with database.begin() as session:
        for number in (2, 1):
            generations.keep_back(session, TITLE, number)
    with database.begin() as session:
        rows = session.scalars(select(Generation).order_by(Generation.number)).all()
        assert generations.current(session, TITLE) == Numbered(TITLE, 1, "one")
    assert [row.published_at is not None for row in rows] == [True, False]
    assert [row.superseded_at is not None for row in rows] == [False, True]
