"""Catalogs, their titles and the rows of uploads as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.paging import AFTER, MOST
from api.problems import FieldAtFault
from api.receiving import WholeUpload
from api.v1.shown import EtaShown, eta_shown
from farm.errors import ReelFarmError, error_class
from farm.states import TitleState
from services.catalog_views import CatalogView
from services.catalogs import DUPLICATE, REJECTED, NotAccepted
from services.forecasts import Eta
from storage.postgres.catalog_titles import ListedTitle, TitleFilter
from storage.postgres.models import UploadRow


class RowError(BaseModel):
    """Why a row was not accepted."""

    code: str
    title: str
    detail: str
    errors: list[FieldAtFault]
    fix: str
    difference: dict[str, Any] | None = Field(description="of a conflict: what is, what was sent")
    retryable: bool = Field(description="whether the same row may be taken later")
    retry_after_s: float | None


class UploadRowShown(BaseModel):
    """A row that was not accepted."""

    line: int = Field(description="of the upload, from 1; of a JSON array the title's place")
    external_id: str | None
    status: str = Field(description="duplicate or rejected")
    job: str | None = None
    error: RowError | None = None

    @staticmethod
    def of_stop(error: ReelFarmError) -> UploadRowShown:
        """Return the row at which reading had to stop."""
        line = str(error.detail.get("input", "line 0")).removeprefix("line ")
        shown = _error_of(error.as_json())
        return UploadRowShown(line=int(line), external_id=None, status="rejected", error=shown)


class UploadAnswer(BaseModel):
    """What became of an upload."""

    id: str = Field(description="of the catalog")
    name: str
    accepted: int = Field(description="new titles")
    updated: int = Field(description="titles that are another request now")
    duplicate: int = Field(description="titles that were there already, just so")
    rejected: int
    rows: list[UploadRowShown] = Field(description="of those not accepted, a thousand at most")
    links: dict[str, str]


class FailureShown(BaseModel):
    """How many titles ended with one error."""

    code: str
    title: str
    fix: str
    titles: int


class CatalogShown(BaseModel):
    """A catalog at a glance."""

    id: str
    tenant: str
    name: str
    created_at: datetime
    cancelled_at: datetime | None
    titles: dict[TitleState, int]
    progress: float = Field(description="the share that has ended, from 0 to 1")
    failures: list[FailureShown] = Field(description="in lists empty: ask for the one")
    eta: EtaShown | None = Field(None, description="of all its titles; in lists null")
    links: dict[str, str]


class TitleQuery(BaseModel):
    """Which titles of a catalog, and which page of their list."""

    model_config = ConfigDict(extra="forbid")

    state: list[TitleState] = Field([], max_length=16, description="any of these")
    external_id: str | None = Field(None, max_length=256, pattern=r"^[^\x00]*$")
    code: str | None = Field(None, max_length=64, pattern=r"^[a-z_]*$", description="of its error")
    after: str | None = Field(None, max_length=512, description=AFTER)
    limit: int = Field(50, ge=1, le=MOST)

    def as_asked(self) -> TitleFilter:
        """Return the filter as the lists take it."""
        return TitleFilter(frozenset(self.state), self.external_id, self.code)


class TitleShown(BaseModel):
    """One title of a catalog."""

    external_id: str
    version: int = Field(description="how many requests it has been")
    state: TitleState
    priority: int
    request: dict[str, Any]
    job: str | None
    error: dict[str, Any] | None
    outputs: dict[str, Any] | None
    changed_at: datetime


class RetriedTitles(BaseModel):
    """How many titles wait for a new job."""

    titles: int


def answer_of(whole: WholeUpload) -> UploadAnswer:
    """Return what is answered to an upload."""
    rows = [_refused_row(row) for row in whole.not_accepted]
    if whole.stopped is not None:
        rows.append(UploadRowShown.of_stop(whole.stopped))
    link = f"/v1/catalogs/{whole.upload.name}"
    return UploadAnswer(
        id=whole.upload.catalog_id,
        name=whole.upload.name,
        accepted=whole.accepted,
        updated=whole.updated,
        duplicate=whole.statuses[DUPLICATE],
        rejected=whole.statuses[REJECTED] + (whole.stopped is not None),
        rows=rows,
        links={"self": link, "rows": f"{link}/uploads/{whole.upload.id}/rows"},
    )


def _refused_row(row: NotAccepted) -> UploadRowShown:
    error = None if row.error is None else _error_of(row.error)
    return UploadRowShown(
        line=row.line, external_id=row.external_id, status=row.status, job=row.job_id, error=error
    )


def upload_row_of(row: UploadRow) -> UploadRowShown:
    """Return a row of an upload as it was kept."""
    error = None if row.error is None else _error_of(row.error)
    return UploadRowShown(
        line=row.line, external_id=row.external_id, status=row.status, error=error
    )


def catalog_of(view: CatalogView, eta: Eta | None = None) -> CatalogShown:
    """Return what is shown of a catalog."""
    row, link = view.row, f"/v1/catalogs/{view.row.name}"
    return CatalogShown(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        created_at=row.created_at,
        cancelled_at=row.cancelled_at,
        titles={TitleState(state): count for state, count in row.titles.items()},
        progress=view.progress,
        failures=[
            FailureShown(
                code=code, title=error_class(code).title, fix=error_class(code).fix, titles=count
            )
            for code, count in view.failures
        ],
        eta=eta_shown(eta),
        links={
            "self": link,
            "titles": f"{link}/titles",
            "events": f"{link}/events",
            "results": f"{link}/results",
        },
    )


def title_of(title: ListedTitle) -> TitleShown:
    """Return what is shown of a title."""
    return TitleShown(
        external_id=title.external_id,
        version=title.version,
        state=TitleState(title.state),
        priority=title.priority,
        request=title.request,
        job=title.job_id,
        error=title.error,
        outputs=title.outputs,
        changed_at=title.changed_at,
    )


def _error_of(error: dict[str, Any]) -> RowError:
    kind, detail = error_class(error["code"]), error.get("detail", {})
    return RowError(
        code=error["code"],
        title=kind.title,
        detail=error["message"],
        errors=detail.get("fields", []),
        fix=kind.fix,
        difference=detail.get("difference"),
        retryable=kind.retryable,
        retry_after_s=detail.get("retry_after_s", kind.retry_after_s),
    )
