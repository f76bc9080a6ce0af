"""The forms of a title that waits for a person: what is said of it, and the verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from api.context import ApiContext, Farm
from api.pages.forms import Form, PageReader
from api.pages.page import see_other
from api.v1.shown import OneJob
from farm.access import Caller, Scope
from farm.errors import InvalidSpec
from services import reviews

routes = APIRouter(prefix="/titles", include_in_schema=False)

CLAIM, TAKE_OVER, RELEASE = "claim", "take-over", "release"
COMMENT, WAIVE, APPROVE, REJECT = "comment", "waive", "approve", "reject"


@routes.post("/{job_id}/review")
def decide(farm: Farm, caller: PageReader, job_id: OneJob, form: Form) -> Response:
    caller.check(Scope.REVIEW)
    name = form.get("action", "")
    if name in (CLAIM, TAKE_OVER):
        reviews.claim(farm.database, caller, job_id, take_over=name == TAKE_OVER)
    elif name == RELEASE:
        reviews.release(farm.database, caller, job_id)
    else:
        _say(farm, caller, job_id, name, form)
    return see_other(f"/titles/{job_id}/qc#review-title")


def _say(farm: ApiContext, caller: Caller, job_id: str, name: str, form: Mapping[str, str]) -> None:
    words = form.get("words", "")
    if name == COMMENT:
        reviews.comment(farm.database, caller, job_id, words, _time_s(form.get("time", "")))
    elif name == WAIVE:
        reviews.waive(farm.database, caller, job_id, form.get("check", ""), words)
    elif name == APPROVE:
        reviews.approve(farm.database, farm.wakeups, caller, job_id, words)
    elif name == REJECT:
        reviews.reject(farm.database, caller, job_id, words)
    else:
        raise InvalidSpec(f"{name!a} is nothing that can be done to a review", input="action")


def _time_s(text: str) -> float | None:
    """Return the moment that people write as "1:02:03.5", "62.5" or not at all, in seconds."""
    if not text.strip():
        return None
    if not re.fullmatch(r"(\d{1,3}:){0,2}\d{1,6}(\.\d{1,6})?", text.strip()):
        raise InvalidSpec.of("time", f"{text!a}: write 62.5 or 1:02.5")
    total = 0.0
    for part in text.strip().split(":"):
        total = total * 60 + float(part)
    return total
