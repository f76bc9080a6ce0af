"""The titles of a catalog as rows: how far each is, what came of it, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages import states
from api.pages.states import OF_JOB, ShownState
from api.pages.words import money
from farm.prices import Prices
from farm.progress import stages, whole_share
from farm.states import ENDED_JOB, JobState, TitleState
from storage.postgres.catalog_titles import ListedTitle
from storage.postgres.listing import JobFigures, ListedJob

# In the order of the bar: what is done first, what is to come last.
OF_TITLE: Mapping[str, ShownState] = {
    TitleState.PUBLISHED: states.PUBLISHED,
    TitleState.SUPERSEDED: states.SUPERSEDED,
    TitleState.TAKEN: states.RUNNING,
    TitleState.REVIEW: states.NEEDS_A_PERSON,
    TitleState.REJECTED: states.REJECTED,
    TitleState.FAILED: states.FAILED,
    TitleState.CANCELLED: states.CANCELLED,
    TitleState.WAITING: states.WAITING,
}


@dataclass(frozen=True, slots=True)
class CatalogTitleRow:
    """One title; `share` is what is done of it where it is going on."""

    title: ListedTitle
    shown: ShownState
    share: float | None
    took_s: float | None
    renditions: int
    cost: str  # empty where nothing was spent, or the farm has no prices


def rows_of(
    titles: Sequence[ListedTitle],
    jobs: Mapping[str, tuple[ListedJob, JobFigures | None]],
    prices: Prices | None,
) -> list[CatalogTitleRow]:
    """Return the rows of titles, with the jobs that those have that were begun."""
    return [_row(title, jobs.get(title.job_id or ""), prices) for title in titles]


def _row(
    title: ListedTitle, made: tuple[ListedJob, JobFigures | None] | None, prices: Prices | None
) -> CatalogTitleRow:
    job, spent = made or (None, None)
    shown, share, took_s = OF_TITLE[title.state], None, None
    if job is not None and title.state == TitleState.TAKEN and job.state not in ENDED_JOB:
        shown, share = OF_JOB[JobState(job.state)], whole_share(stages(job.steps))
    if job is not None and job.begun_at is not None and job.finished_at is not None:
        took_s = (job.finished_at - job.begun_at).total_seconds()
    cost = ""
    if spent is not None and prices is not None and spent.cpu_s:
        cost = money(prices.compute(spent.cpu_s, spent.gpu_s), prices.currency)
    return CatalogTitleRow(title, shown, share, took_s, spent.renditions if spent else 0, cost)
