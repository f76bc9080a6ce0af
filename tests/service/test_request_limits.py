"""Requests a minute: of a tenant, over all its keys; and nobody is held to them without Redis."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from farm.access import LOCAL
from farm.settings import Settings
from services import tenants
from services.documents import TenantPolicy
from storage.postgres.database import Database
from storage.rates import RequestRates
from storage.wakeups import Wakeups, celery_app
from tests.service.api_server import ApiServer, api_server
from workers.programs.servers import start_redis


def test_a_tenant_that_sent_too_many_is_told_when_to_come_again(
    database: Database, database_url: str, broker_url: str
) -> None:
    settings = Settings(sources="any", origins="any", requests_a_minute=4)
    with (
        api_server(database_url, broker_url, settings) as api,
        api.client("rated-one") as one,
        api.client("rated-one") as another_key,
        api.client("rated-two") as two,
    ):
        clients = (one, another_key, one, another_key)
        left = [client.get("/v1/jobs").headers["RateLimit"] for client in clients]
        assert [each.partition(";t=")[0] for each in left] == [
            f'"requests";r={remaining}' for remaining in (3, 2, 1, 0)
        ]
        refused = one.get("/v1/jobs")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert refused.headers["RateLimit-Policy"] == '"requests";q=4;w=60'
        wait_s = refused.json()["retry_after_s"]
        assert 0 < wait_s <= 60
        assert 0 <= int(refused.headers["Retry-After"]) - wait_s <= 1
        assert two.get("/v1/jobs").status_code == 200
        assert one.get("/healthz").status_code == 200  # nobody's key, nobody's limit
        assert "RateLimit" not in one.get("/healthz").headers


def test_a_tenants_own_limit_counts_instead(api: ApiServer) -> None:
    with api.client("rated-own") as own:
        policy = TenantPolicy(requests_a_minute=2)
        tenants.set_policy(api.database, LOCAL, "rated-own", policy)
        assert [own.get("/v1/whoami").status_code for _ in range(3)] == [200, 200, 429]


def test_no_limit_at_all_asks_nobody(
    database: Database, database_url: str, broker_url: str
) -> None:
    settings = Settings(sources="any", origins="any", requests_a_minute=0)
    with api_server(database_url, broker_url, settings) as api, api.client("unrated") as client:
        answer = client.get("/v1/whoami")
        assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


def test_without_redis_requests_go_on_and_one_line_says_so(
    database: Database,
    database_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, url = start_redis(Settings(state_dir=tmp_path))
    settings = Settings(sources="any", origins="any", requests_a_minute=3)
    try:
        with api_server(database_url, url, settings) as api, api.client("rated-away") as client:
            assert "RateLimit" in client.get("/v1/whoami").headers
            server.stop()
            with caplog.at_level(logging.WARNING, "reelfarm.api"):
                answers = [client.get("/v1/whoami") for _ in range(6)]
            assert {answer.status_code for answer in answers} == {200}
            assert not any("RateLimit" in answer.headers for answer in answers)
    finally:
        server.stop()
    told = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in told] == ["nobody is held to requests a minute"]


def test_redis_is_found_however_its_url_says_it(broker_url: str) -> None:
    assert broker_url.startswith("redis+socket://")
    allowed = RequestRates(Wakeups(celery_app(broker_url))).take("rated-url", 2)
    assert allowed is not None
    assert (allowed.allowed, allowed.remaining) == (True, 1)
    for nobody in ("redis://127.0.0.1:1/0", "rediss://127.0.0.1:1/0"):
        assert RequestRates(Wakeups(celery_app(nobody))).take("rated-url", 2) is None
