"""Generation numbers on a real PostgreSQL."""

import threading
from pathlib import Path

from sqlalchemy import select

from storage import generations, jobs
from storage.database import Database
from storage.models import Generation
from tests.conftest import a_spec


def a_job(database: Database) -> str:
    with database.begin() as session:
        return jobs.submit(session, a_spec(Path("a.mp4"), Path("out")), [], "request")[0]


def test_content_that_is_known_keeps_its_number(database: Database) -> None:
    job_id = a_job(database)
    with database.begin() as session:
        numbers = [
            generations.reserve(session, "out", "t", "a", digest, job_id)
            for digest in ("one", "two", "one")
        ]
        other_asset = generations.reserve(session, "out", "t", "b", "one", job_id)
    assert (numbers, other_asset) == ([1, 2, 1], 1)


def test_publishers_that_race_get_different_numbers(database: Database) -> None:
    job_id = a_job(database)
    numbers: list[int] = []

    def reserve(digest: str) -> None:
        with database.begin() as session:
            numbers.append(generations.reserve(session, "out", "t", "a", digest, job_id))

    threads = [threading.Thread(target=reserve, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_publishing_marks_the_generation(database: Database) -> None:
    job_id = a_job(database)
    with database.begin() as session:
        generations.reserve(session, "out", "t", "a", "one", job_id)
        generations.publish(session, "out", "t", "a", 1)
    with database.begin() as session:
        assert session.scalar(select(Generation.published_at)) is not None
