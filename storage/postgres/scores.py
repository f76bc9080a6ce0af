"""Scores of verified titles: kept as their step completes, read the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from farm.scored import KeptScore, Maker, RungScore, ScoreSeries
from storage.postgres.claims import Claim
from storage.postgres.models import Job, TitleScore
from storage.postgres.scoped import within

SERIES = tuple(ScoreSeries.__dataclass_fields__)
MAKER = tuple(Maker.__dataclass_fields__)
FIGURES = tuple(name for name in RungScore.__dataclass_fields__ if name not in ("series", "maker"))
TITLE = ("job_id", "tenant", "asset", "at")


def keep(session: Session, claimed: Claim, scores: Sequence[RungScore]) -> None:
    """Keep the scores of a title, in the transaction that completes the step which tells them."""
    if not scores:
        return
    job = session.execute(
        select(Job.tenant, Job.catalog, Job.asset).where(Job.id == claimed.job_id)
    ).one()
    title = {"job_id": claimed.job_id, **job._asdict()}
    rows = [
        {
            **title,
            **{name: getattr(score.series, name) for name in SERIES},
            **{name: getattr(score.maker, name) for name in MAKER},
            **{name: getattr(score, name) for name in FIGURES},
        }
        for score in scores
    ]
    session.execute(insert(TitleScore), rows)


def newest(
    session: Session, tenant: str, catalog: str | None, within_days: int, limit: int
) -> list[KeptScore]:
    """Return the newest scores of so many days, `limit` at most, the newest first.

    Those of one catalog of the tenant, or of all its titles.
    """
    of_series, of_maker = cache(ScoreSeries), cache(Maker)  # few differ: made once each
    found = []
    for job_id, its_tenant, asset, at, *others in session.execute(
        newest_first(tenant, catalog, within_days, limit)
    ):
        series = of_series(*others[: len(SERIES)])
        maker = of_maker(*others[len(SERIES) : len(SERIES) + len(MAKER)])
        score = RungScore(series, maker, *others[len(SERIES) + len(MAKER) :])
        found.append(KeptScore(job_id, its_tenant, asset, at, score))
    return found


def newest_first(
    tenant: str, catalog: str | None, within_days: int, limit: int
) -> Select[tuple[Any, ...]]:
    """Return the query for them: an index leads to so many rows, however many there are."""
    columns = [getattr(TitleScore, name) for name in (*TITLE, *SERIES, *MAKER, *FIGURES)]
    query = (
        select(*columns)
        .where(
            within(TitleScore.tenant, tenant),
            TitleScore.at > func.now() - func.make_interval(0, 0, 0, within_days),
        )
        .order_by(TitleScore.at.desc())
        .limit(limit)
    )
    return query if catalog is None else query.where(TitleScore.catalog == catalog)
