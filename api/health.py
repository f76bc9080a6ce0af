"""Liveness and readiness over HTTP, for load balancers and orchestrators."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.problems import PROBLEM
from farm.errors import StorageUnavailable
from storage.postgres.database import Database
from storage.readiness import check_database, check_wakeups
from storage.wakeups import Wakeups

log = logging.getLogger("reelfarm.api")

ReadinessCheck = Callable[[], str]


def health_routes(database: Database, wakeups: Wakeups) -> APIRouter:
    """Return `/healthz`, which says that this process is up, and `/readyz`, that it can serve."""
    routes = APIRouter()
    checks: dict[str, ReadinessCheck] = {
        "postgresql": lambda: f"answers, schema {check_database(database)}",
        "redis": lambda: _answers(wakeups),
    }

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "up"}

    @routes.get("/readyz")
    def readyz() -> JSONResponse:
        states = {name: _state(name, check) for name, check in checks.items()}
        document: dict[str, Any] = {
            "checks": {name: {"ready": ready, "state": s} for name, (ready, s) in states.items()}
        }
        failed = [f"{name} {state}" for name, (ready, state) in states.items() if not ready]
        if not failed:
            return JSONResponse({"status": "ready", **document})
        problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503}
        return JSONResponse(
            {**problem, "detail": "; ".join(failed), **document}, 503, media_type=PROBLEM
        )

    return routes


def _answers(wakeups: Wakeups) -> str:
    check_wakeups(wakeups)
    return "answers"


def _state(name: str, check: ReadinessCheck) -> tuple[bool, str]:
    """Return whether a server is ready, and in words; what only operators may see is logged."""
    try:
        return True, check()
    except StorageUnavailable as error:
        log.warning("%s is not ready: %s", name, error.message)
        return False, "has the wrong schema" if "schema" in error.detail else "does not answer"
