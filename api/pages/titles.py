"""The list of titles: filtered by its address, the newest first, live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.forms import PageReader
from api.pages.page import show
from api.pages.words import last_name
from api.paging import cut, read_place
from farm.progress import stages, whole_share
from farm.states import ENDED_JOB, JobState
from services import events, jobs
from storage.postgres.listing import JobFilter, ListedJob, ListPlace

routes = APIRouter(include_in_schema=False)

PAGE = 50
# What people look for, in their words: each leads to states of jobs.
GROUPS: dict[str, tuple[str, frozenset[JobState]]] = {
    "": ("all", frozenset()),
    "running": ("running", frozenset({JobState.RUNNING})),
    "waiting": ("waiting", frozenset({JobState.QUEUED})),
    "paused": ("paused", frozenset({JobState.PAUSED})),
    "review": ("needs a person", frozenset({JobState.WAITING})),
    "published": ("published", frozenset({JobState.PUBLISHED})),
    "failed": ("failed", frozenset({JobState.FAILED, JobState.REJECTED})),
    "cancelled": ("cancelled", frozenset({JobState.CANCELLED})),
    "superseded": ("superseded", frozenset({JobState.SUPERSEDED})),
}


@dataclass(frozen=True, slots=True)
class TitleRow:
    """One title in the list."""

    job: ListedJob
    share: float
    file: str  # of the source

    @property
    def is_going_on(self) -> bool:
        return self.job.state not in ENDED_JOB


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter, as the address has it."""

    state: str = ""
    q: str = ""
    catalog: str = ""
    code: str = ""

    def address(self, **changes: str) -> str:
        """Return the address of the list with some of the filter changed."""
        fields = {"state": self.state, "q": self.q, "catalog": self.catalog, "code": self.code}
        given = {name: value for name, value in (fields | changes).items() if value}
        return f"/titles?{urlencode(given)}" if given else "/titles"

    @property
    def is_narrow(self) -> bool:
        """Return whether anything is left out."""
        return bool(self.state or self.q or self.catalog or self.code)

    def as_filter(self) -> JobFilter:
        """Return the filter as lists take it; words that mean no state mean any."""
        return JobFilter(
            states=GROUPS.get(self.state, GROUPS[""])[1],
            catalog=self.catalog or None,
            text=self.q or None,
            code=self.code or None,
        )


@routes.get("/titles")
def list_titles(
    request: Request,
    farm: Farm,
    caller: PageReader,
    state: Annotated[str, Query(max_length=32)] = "",
    q: Annotated[str, Query(max_length=128)] = "",
    catalog: Annotated[str, Query(max_length=128)] = "",
    code: Annotated[str, Query(max_length=64)] = "",
    after: Annotated[str | None, Query(max_length=512)] = None,
) -> Response:
    asked = Asked(*(text.replace("\0", "").strip() for text in (state, q, catalog, code)))
    place: ListPlace | None = None
    if (read := read_place(after or None, datetime, int)) is not None:
        place = (read[0], read[1])
    cursor = events.newest_place(farm.database)
    found = jobs.list_jobs(farm.database, caller, asked.as_filter(), place, PAGE + 1)
    return show(
        request,
        "titles.html.j2",
        caller,
        rows=[_row(job) for job in found[:PAGE]],
        asked=asked,
        groups=GROUPS,
        is_first=place is None,
        older=cut(found, PAGE, lambda job: job.place),
        cursor=str(cursor),
        counts=jobs.counts(farm.database, caller),
    )


def _row(job: ListedJob) -> TitleRow:
    share = 1.0 if job.state in ENDED_JOB else whole_share(stages(job.steps))
    return TitleRow(job, share, last_name(job.spec["source"]))
