"""The OpenAPI document: what FastAPI finds, with every error as the problem that it is."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import PROBLEM, Problem

DESCRIPTION = """Hand in titles, follow them, find out what went wrong.

Each request brings a key: `Authorization: Bearer rf_...`. Errors are RFC 9457 problem documents
whose `code` is stable and whose `fix` says what to do. Lists are paged: `next` of one page is
`after` of the following one."""

METHODS = ("get", "head", "put", "post", "delete", "patch")


def describe(app: FastAPI) -> None:
    """Have the application describe itself; made once, at the first request for it."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    openapi_version="3.1.0",
                    description=DESCRIPTION,
                    routes=app.routes,
                )
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form of a 422
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    answer = {
        "description": "what went wrong, and what to do about it",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path, methods in document["paths"].items():
        if path.startswith("/v1/"):
            for method in METHODS:
                if method in methods:
                    methods[method]["responses"].pop("422", None)
                    methods[method]["responses"]["default"] = answer
    return document
