"""Publishers that were interrupted at an origin of either kind, and housekeeping after them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from farm.errors import Cancelled
from farm.settings import Settings
from farm.states import JobState
from services.origin import pointers_to
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.generations import Numbered
from storage.postgres.models import Generation
from tests.conftest import S3, MakeContext
from tests.service.publication import Desk, run
from workers.upkeep.housekeeping import Kept, keep_house

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
