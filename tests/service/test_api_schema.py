"""Every route by its own description: whatever is sent, no route breaks, and all answers fit."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from farm.settings import Settings
from storage.postgres.database import Database
from tests.service.api_server import ApiServer, api_server

# More by hand: REELFARM_SCHEMA_CASES=100 pytest tests/service/test_api_schema.py
CASES = int(os.environ.get("REELFARM_SCHEMA_CASES", "6"))
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture
def modest(database: Database, database_url: str, broker_url: str) -> Iterator[ApiServer]:
    """An API that takes small files alone: a disk that is full is no fault of the API's (503)."""
    settings = Settings(sources="any", origins="any", upload_bytes=1 << 20)
    with api_server(database_url, broker_url, settings) as server:
        yield server


def test_whatever_is_sent_no_route_breaks_and_every_answer_fits_its_description(
    modest: ApiServer,
) -> None:
    api = modest
    headers = {"Authorization": f"Bearer {api.token()}"}
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation: Any = found.ok()
        if "text/event-stream" in str(operation.definition.raw["responses"]):
            continue  # it does not end: tests/service/test_events.py follows it

        @hypothesis.settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.seed(20261127)
        @hypothesis.given(case=operation.as_strategy())
        def attempt(case: Any) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        attempt()
    logging.getLogger("tests").warning("%d cases", tried)  # whoever asks for more wants to know
    assert tried >= CASES


def examples(document: dict[str, Any]) -> list[tuple[str, str, str, Any]]:
    """Return the examples of bodies: path, name of the schema, content type, body."""
    found = []
    for path, methods in document["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for kind, described in content.items():
            schema = described.get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            given = document["components"]["schemas"].get(name, schema).get("examples", [])
            found += [(path, name, kind, example) for example in given]
    return found


def test_the_examples_of_the_description_are_taken(api: ApiServer) -> None:
    with api.client() as client:
        document = client.get("/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        shown = [each for each in examples(document) if "{" not in each[0]]
        assert {name for _, name, _, _ in shown} >= {"JobRequest"}
        for path, name, _, body in shown:
            answer = client.post(path, json=body)
            assert answer.status_code < 300, (path, name, answer.text)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/catalogs", "/v1/events"])
def test_errors_are_described_as_problems(api: ApiServer, path: str) -> None:
    with api.client() as client:
        document = client.get("/openapi.json").json()
    operation = document["paths"][path]["get"]
    assert "422" not in operation["responses"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert operation["security"] == [{"key": ["read"]}]
