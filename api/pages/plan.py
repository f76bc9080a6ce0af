"""A plan: what a title would be, take and cost, and the button that makes it."""

from __future__ import annotations

import secrets
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import Farm
from api.pages.forms import Form, PageReader
from api.pages.page import see_other, show
from api.pages.title_form import once_of
from api.pages.trials import trials_told
from api.v1.shown import OneJob, accepted_job
from farm.access import Scope
from farm.errors import error_class
from farm.states import ENDED_JOB, JobState
from qc.report.hulls import draw_hulls
from services import events, plans

routes = APIRouter(prefix="/plans", include_in_schema=False)


@routes.get("/{plan_id}")
def plan(request: Request, farm: Farm, caller: PageReader, plan_id: OneJob) -> Response:
    place = events.newest_place(farm.database)
    detail = plans.read_plan(farm.database, caller, plan_id, farm.settings)
    record = detail.record
    error = record["error"]
    return show(
        request,
        "plan.html.j2",
        caller,
        record=record,
        predicted=detail.predicted,
        hulls=draw_hulls(detail.ladder) if detail.ladder else [],
        trials=trials_told(record),
        place=str(place),
        created_at=datetime.fromisoformat(record["created_at"]),
        error=error,
        error_kind=error_class(error["code"]) if error else None,
        is_ended=record["state"] in ENDED_JOB,
        may_submit=record["state"] == JobState.PLANNED
        and bool({Scope.SUBMIT, Scope.ADMIN} & caller.scopes),
        once=secrets.token_urlsafe(16),
    )


@routes.post("/{plan_id}/submit")
def submit(farm: Farm, caller: PageReader, plan_id: OneJob, form: Form) -> Response:
    caller.check(Scope.SUBMIT)
    once = once_of(form, "title of a plan", plan_id)
    answer = plans.submit_plan(
        farm.database, farm.wakeups, farm.settings, caller, plan_id, accepted_job, once
    )
    return see_other(f"/titles/{answer['id']}")
