"""Errors as RFC 9457 problem documents: what happened, to which input, and what to do about it."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from farm.errors import (
    ERRORS_PAGE,
    InvalidSpec,
    MethodNotAllowed,
    NotFound,
    ReelFarmError,
    TooLarge,
    UnsupportedContent,
)
from farm.spec.ranges import mistakes

log = logging.getLogger("reelfarm.api")

PROBLEM = "application/problem+json"
OF_STATUS = {
    kind.http_status: kind for kind in (NotFound, MethodNotAllowed, TooLarge, UnsupportedContent)
}


class FieldAtFault(BaseModel):
    """One field of the request that is not as it has to be."""

    field: str = Field(examples=["subtitles.0.language"])
    message: str = Field(examples=["'xx-klingon' is not a language: give BCP-47, as in en or de"])


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="where it is explained", examples=[f"{ERRORS_PAGE}#not_found"])
    title: str
    status: int
    detail: str = Field(description="what is wrong with which input")
    instance: str = Field(description="the path that was asked")
    code: str = Field(description="stable: for programs", examples=["not_found"])
    input: str | None = Field(description="the input at fault, where there is one")
    errors: list[FieldAtFault] = Field([], description="each field at fault")
    fix: str = Field(description="what to do")
    retryable: bool = Field(description="whether the same request may succeed later")
    retry_after_s: float | None


def problem_of(error: ReelFarmError, path: str) -> dict[str, Any]:
    """Return the problem document of an error."""
    known = dict(error.detail)
    fields = known.pop("fields", [])
    at_fault = known.pop("input", None)
    retry_after_s = known.pop("retry_after_s", error.retry_after_s)
    if at_fault is None and isinstance(fields, list) and fields:
        at_fault = fields[0]["field"]
    return {
        **{name: value for name, value in known.items() if name not in Problem.model_fields},
        "type": f"{ERRORS_PAGE}#{error.code}",
        "title": error.title,
        "status": error.http_status,
        "detail": error.message,
        "instance": path,
        "code": error.code,
        "input": None if at_fault is None else str(at_fault),
        "errors": fields,
        "fix": error.fix,
        "retryable": error.retryable,
        "retry_after_s": retry_after_s,
    }


def answer_of(
    error: ReelFarmError, path: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the answer to a request that ended with an error."""
    problem = problem_of(error, path)
    told = dict(headers or {})
    if problem["retry_after_s"] is not None:
        told["Retry-After"] = str(max(1, math.ceil(problem["retry_after_s"])))
    if error.http_status == 401:
        told["WWW-Authenticate"] = 'Bearer realm="ReelFarm"'
    return JSONResponse(problem, error.http_status, told, media_type=PROBLEM)


ErrorPage = Callable[[Request, ReelFarmError], Response | None]


def explain_errors(app: FastAPI, page: ErrorPage) -> None:
    """Have every error of the application answered as a problem; to people, as a page."""

    def answer(
        request: Request, error: ReelFarmError, headers: dict[str, str] | None = None
    ) -> Response:
        return page(request, error) or answer_of(error, request.url.path, headers)

    # In threads: a page looks up in the database who is signed in.
    @app.exception_handler(ReelFarmError)
    def ours(request: Request, error: ReelFarmError) -> Response:
        if error.http_status >= 500:
            log.warning("%s %s: %s", request.method, request.url.path, error.message)
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, _refused(error, _body_model(request)))

    @app.exception_handler(HTTPException)
    def of_http(request: Request, error: HTTPException) -> Response:
        kind = OF_STATUS.get(error.status_code, InvalidSpec)
        told = f"{request.method} {request.url.path}: {error.detail}"
        return answer(request, kind(told, input=request.url.path), dict(error.headers or {}))

    @app.exception_handler(Exception)
    def defect(request: Request, error: Exception) -> Response:
        log.error("%s %s: a defect in ReelFarm", request.method, request.url.path, exc_info=error)
        told = f"{request.method} {request.url.path} hit a defect in ReelFarm: the log has it"
        return answer(request, ReelFarmError(told))


def _body_model(request: Request) -> Any:
    """Return the type that the body of the request has to be, None where none is known."""
    body_field = getattr(request.scope.get("route"), "body_field", None)
    return None if body_field is None else body_field.field_info.annotation


def _refused(error: RequestValidationError, body_model: Any) -> InvalidSpec:
    problems = error.errors()
    within = [each for each in problems if _is_of(each, "body")]
    others = [each for each in problems if not _is_of(each, "body")]
    fields = mistakes(body_model, [{**each, "loc": each["loc"][1:]} for each in within])
    for each in others:
        of_request = any(_is_of(each, where) for where in ("query", "path", "header"))
        place = each["loc"][1:] if of_request else each["loc"]
        fields += mistakes(None, [{**each, "loc": place}])
    sentences = "; ".join(f"{each['field']}: {each['message']}" for each in fields[:10])
    return InvalidSpec(f"the request is not valid: {sentences}", fields=fields)


def _is_of(problem: Mapping[str, Any], where: str) -> bool:
    return len(problem["loc"]) > 1 and problem["loc"][0] == where
