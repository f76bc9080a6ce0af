"""What requests were answered is kept for 30 days, and then goes; the titles of catalogs stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from storage.postgres import answers, catalog_intake, catalogs
from storage.postgres.catalog_intake import NewTitle
from storage.postgres.models import CatalogTitle, KeptAnswer, StoredUpload, UploadRow
from tests.service.retained import NOTHING, OldFarm, farm

__all__ = ["farm"]  # a fixture


def grow_old(farm: OldFarm, days: float) -> None:
    passed = timedelta(days=days)
    with farm.database.begin() as session:
        for table in (KeptAnswer, StoredUpload):
            session.execute(update(table).values(created_at=table.created_at - passed))


def test_an_answer_is_given_again_for_30_days(farm: OldFarm) -> None:
    with farm.database.begin() as session:
        answers.keep(session, "t", "key", "request", 202, {"id": "j"})
    grow_old(farm, 29.9)
    assert farm.let_go() == NOTHING
    with farm.database.begin() as session:
        before = answers.given_before(session, "t", "key", "request")
        assert before is not None
        assert before.body == {"id": "j"}
    grow_old(farm, 0.2)
    assert farm.let_go() == replace(NOTHING, answers=1)
    with farm.database.begin() as session:
        assert answers.given_before(session, "t", "key", "another") is None


@pytest.mark.parametrize("uploads", [1, 25])
def test_what_became_of_an_upload_goes_and_its_titles_stay(farm: OldFarm, uploads: int) -> None:
    for number in range(uploads):
        with farm.database.begin() as session:
            catalog = catalogs.open_named(session, "t", "autumn")
            upload = catalogs.begin_upload(session, "t", catalog)
            title = NewTitle(1, f"title-{number}", '{"source": "s3://in/a.mov"}', "digest", 0)
            catalog_intake.take_in(session, "t", catalog, [title], update=False)
            catalog_intake.keep_rows(session, upload, [(2, None, "rejected", {"code": "x"})])
    assert farm.let_go() == NOTHING
    grow_old(farm, 30.1)
    assert farm.let_go() == replace(NOTHING, uploads=uploads)
    assert farm.count(StoredUpload, UploadRow, CatalogTitle) == [0, 0, uploads]
    with farm.database.begin() as session:
        assert session.scalars(select(CatalogTitle.version).distinct()).all() == [1]
