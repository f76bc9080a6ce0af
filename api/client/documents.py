"""What the API answers, as its clients see it: the very JSON, typed.

An API of a later version may answer more than is named here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict

JobDocument = dict[str, Any]  # the job record, as docs/record.md has it


class AcceptedTitle(TypedDict):
    """A title that was taken in."""

    id: str  # of its job
    asset: str
    external_id: str | None
    state: str
    links: dict[str, str]


class JobStanding(TypedDict):
    """The state a job is in now."""

    id: str
    state: str


class JobLine(TypedDict):
    """A job as lists show it."""

    id: str
    tenant: str
    asset: str
    external_id: str | None
    catalog: str | None
    state: str
    progress: float
    priority: int
    source: str
    error: dict[str, Any] | None
    metadata: dict[str, Any]
    created_at: str
    begun_at: str | None
    finished_at: str | None
    links: dict[str, str]


class FarmEvent(TypedDict):
    """Something that became true; `data` is as docs/events.md says for its type."""

    id: str
    type: str
    at: str
    tenant: str
    catalog: str | None
    job: str | None
    data: dict[str, Any]


class ReceivedRow(TypedDict):
    """One row of a catalog that was not taken in, and why."""

    line: int
    external_id: str | None
    status: str  # duplicate or rejected
    job: str | None
    error: dict[str, Any] | None


class CatalogReceipt(TypedDict):
    """What became of the rows of a catalog."""

    id: str
    name: str
    accepted: int
    updated: int
    duplicate: int
    rejected: int
    rows: list[ReceivedRow]  # a thousand at most; `links` lead to the others
    links: dict[str, str]


class WantedJobs(TypedDict, total=False):
    """Which jobs: every condition that is given holds."""

    state: str | Collection[str]  # any of these
    catalog: str
    external_id: str
    asset: str
    text: str  # in the asset or the external id
    created_from: datetime
    created_before: datetime
