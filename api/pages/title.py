"""One title: the waterfall of its steps first, then ladder, tracks, graph, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.context import ApiContext, Farm
from api.pages.drawings.critical import critical_path
from api.pages.drawings.graph import fold_by_kind, graph_data
from api.pages.drawings.ladder import draw_ladder
from api.pages.drawings.waterfall import draw_waterfall
from api.pages.forms import Form, PageReader
from api.pages.page import see_other, show
from api.pages.told import headline, told_lines
from api.pages.trials import title_predictions, trials_told
from api.pages.words import money
from api.v1.shown import OneJob, accepted_job
from farm.access import Caller, Scope
from farm.errors import InvalidSpec, error_class
from farm.prices import Prices, gpu_s_of
from farm.snapshots import JobSnapshot
from farm.states import ENDED_JOB, JobState
from qc.report.hulls import draw_hulls
from qc.report.repaired import repairs_told
from services import assets, jobs, records, retry
from services.assets import Decided
from services.titles import read_title
from storage.postgres.timeline import TimedStep

routes = APIRouter(prefix="/titles", include_in_schema=False)

RETRY, ROLLBACK, UNPUBLISH = "retry", "rollback", "unpublish"
ACTS = {"cancel": jobs.cancel, "pause": jobs.pause, "resume": jobs.resume}


@routes.get("/{job_id}")
def title(request: Request, farm: Farm, caller: PageReader, job_id: OneJob) -> Response:
    detail = read_title(farm.database, caller, job_id, farm.settings.prices)
    if detail.snapshot.spec.get("plan"):
        return see_other(f"/plans/{job_id}")
    record, now = detail.record, datetime.now(UTC)
    waterfall = draw_waterfall(
        detail.steps, detail.needs, detail.attempts, detail.snapshot.created_at, now
    )
    nodes = fold_by_kind(detail.steps, detail.needs, critical_path(detail.steps, detail.needs))
    error = record["error"]
    return show(
        request,
        "title.html.j2",
        caller,
        detail=detail,
        record=record,
        headline=headline(detail),
        price=record["cost"]["price"],
        prices_of=_prices_of(detail.steps, farm.settings.prices),
        waterfall=waterfall,
        nodes=nodes,
        graph=graph_data(nodes),
        ladder=draw_ladder(
            record["renditions"], record["ladder"]["rejected"] if record["ladder"] else []
        ),
        hulls=draw_hulls(detail.ladder) if detail.ladder else [],
        trials=trials_told(record),
        predictions=title_predictions(detail.ladder, record["renditions"]),
        repairs=[
            told
            for each in record["renditions"]
            for told in repairs_told(each["name"], each["repaired"], each["vmaf"])
        ],
        error=error,
        error_kind=error_class(error["code"]) if error else None,
        events=told_lines(detail.events),
        acts=_acts(detail.snapshot) if _may_act(caller.scopes) else (),
        may_point=_may_act(caller.scopes),
        may_review=bool({Scope.REVIEW, Scope.ADMIN} & caller.scopes),
        is_ended=record["state"] in ENDED_JOB,
    )


@routes.post("/{job_id}/actions")
def act(farm: Farm, caller: PageReader, job_id: OneJob, form: Form) -> Response:
    caller.check(Scope.SUBMIT)
    name = form.get("action", "")
    if name == RETRY:
        answer = retry.retry(
            farm.database, farm.wakeups, farm.settings, caller, job_id, (), accepted_job
        )
        return see_other(f"/titles/{answer['id']}")
    if name in (ROLLBACK, UNPUBLISH):
        _point(farm, caller, job_id, form)
        return see_other(f"/titles/{job_id}")
    if name not in ACTS:
        raise InvalidSpec(f"{name!a} is none of {', '.join(ACTS)}", input="action")
    jobs.act_on(farm.database, farm.wakeups, caller, name, ACTS[name], job_id)
    return see_other(f"/titles/{job_id}")


def _point(farm: ApiContext, caller: Caller, job_id: str, form: Mapping[str, str]) -> None:
    """Let another generation of the title's asset be live, or none."""
    job = records.read_job(farm.database, caller, job_id)
    owner, origin = caller.about(job.tenant), str(job.spec["origin"])
    place = (farm.database, farm.settings, owner, job.asset, origin)
    if form.get("action") == UNPUBLISH:
        assets.unpublish(*place, _nothing)
        return
    number = form.get("generation", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise InvalidSpec.of("generation", "name one by its number")
    assets.roll_back(*place, int(number), _nothing)


def _prices_of(steps: Sequence[TimedStep], prices: Prices | None) -> dict[str, str]:
    """Return what each step's programs cost, in words; none for what cost nothing."""
    if prices is None:
        return {}
    return {
        step.key: money(
            prices.compute(step.cpu_s, gpu_s_of(step.device, step.wall_s)), prices.currency
        )
        for step in steps
        if step.cpu_s
    }


def _nothing(_: Decided) -> dict[str, Any]:
    return {}


def _may_act(scopes: frozenset[Scope]) -> bool:
    return bool({Scope.SUBMIT, Scope.ADMIN} & scopes)


def _acts(job: JobSnapshot) -> tuple[str, ...]:
    """Return what can be done to a job in the state it is in; plans are not retried."""
    if job.state in ENDED_JOB:
        return () if job.spec.get("plan") else (RETRY,)
    if job.state == JobState.WAITING:
        return ("cancel",)
    return ("resume", "cancel") if job.state == JobState.PAUSED else ("pause", "cancel")
