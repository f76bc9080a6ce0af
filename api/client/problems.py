"""Answers that are problems, as the typed errors they were on the farm."""

from __future__ import annotations

from typing import Any

import httpx

from farm.errors import InvalidSpec, ReelFarmError, StorageUnavailable, error_class

OF_GATEWAYS = (429, 502, 503, 504)  # of what stands before the farm; for a moment
OURS = {"type", "title", "status", "detail", "instance", "code", "fix", "retryable"}


def error_of(answer: httpx.Response) -> ReelFarmError:
    """Return the error that an answer states, with the farm's own words for it."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or not {"code", "detail"} <= problem.keys():
        return foreign(answer)
    return error_of_problem(problem)


def error_of_problem(problem: dict[str, Any]) -> ReelFarmError:
    """Return the error that a problem document of the API describes."""
    code = str(problem["code"])
    kind = error_class(code)
    known = OURS | {"errors", "retry_after_s", "self", "message"}
    error = kind(
        str(problem["detail"]),
        **{name: value for name, value in problem.items() if name not in known},
        fields=problem.get("errors", []),
    )
    error.title = str(problem.get("title", kind.title))
    error.fix = str(problem.get("fix", kind.fix))
    error.retryable = bool(problem.get("retryable", kind.retryable))
    error.retry_after_s = problem.get("retry_after_s", kind.retry_after_s)
    if code != kind.code:  # of a farm of a later version
        error.code = code
        blames_request = 400 <= int(problem.get("status", 500)) < 500 and not error.retryable
        error.exit_status = 2 if blames_request else 1
    return error


def foreign(answer: httpx.Response) -> ReelFarmError:
    """Return what a person needs to know of an answer that no ReelFarm gave."""
    asked = f"{answer.request.method} {answer.url.copy_with(query=None)}"
    if answer.is_redirect:
        there = answer.headers.get("Location", "elsewhere")
        return InvalidSpec(f"{asked} is answered with a way to {there}: set REELFARM_URL to there")
    told = f"{asked} is answered with status {answer.status_code}, and not by a ReelFarm"
    if answer.status_code in OF_GATEWAYS:
        away: ReelFarmError = StorageUnavailable(
            f"{told}: what stands before the farm does not reach it, or lets nobody through"
        )
        said = answer.headers.get("Retry-After", "")
        away.retry_after_s = float(said) if said.isdecimal() else None  # it may be a date
        return away
    return InvalidSpec(f"{told}: check REELFARM_URL")
