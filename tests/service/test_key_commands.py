"""`reelfarm key`: keys made, listed and revoked beside the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.client import ReelFarm
from farm.errors import NotSignedIn, ReelFarmError
from tests.forked import Ran
from tests.service.api_server import ApiServer
from tests.service.commands import farm_environment, reelfarm

FILM = {"source": "file:///media/film.mp4", "origin": "/tmp/reelfarm-test-origin"}


@pytest.fixture
def beside(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that reaches the database, and nothing else."""
    state = str(tmp_path / "state")
    return farm_environment(REELFARM_STATE_DIR=state, REELFARM_DATABASE_URL=database_url)


def key(environment: dict[str, str], *arguments: str) -> Ran:
    done = reelfarm("key", *arguments, environment=environment)
    assert (done.status, done.stderr) == (0, "")
    return done


def test_the_first_key_is_an_operators(api: ApiServer, beside: dict[str, str]) -> None:
    token = key(beside, "make").stdout.strip()
    with ReelFarm(api.url, token, tenant="studio") as farm:
        job_id = farm.submit(**FILM)["id"]
        assert farm.job(job_id)["tenant"] == "studio"
        assert farm.overview()["workers"] is None  # it asks about the tenant alone
    with ReelFarm(api.url, token) as farm:
        assert farm.overview()["workers"] == []


def test_a_tenants_key_hands_in_and_reads_its_own(api: ApiServer, beside: dict[str, str]) -> None:
    token = key(beside, "make", "--tenant", "studio", "--name", "the cms").stdout.strip()
    with ReelFarm(api.url, token) as farm:
        assert farm.job(farm.submit(**FILM)["id"])["tenant"] == "studio"
        assert farm.overview()["workers"] is None
    reader = key(beside, "make", "--tenant", "studio", "--scope", "read").stdout.strip()
    with ReelFarm(api.url, reader) as farm:
        assert len(list(farm.jobs())) == 1
        with pytest.raises(ReelFarmError, match="lacks the scope submit"):
            farm.submit(**FILM)


def test_a_key_is_listed_without_its_secret_and_revoked(
    api: ApiServer, beside: dict[str, str]
) -> None:
    token = key(beside, "make", "--name", "[red]lost[/]").stdout.strip()
    public, secret = token[:15], token[16:]
    listed = key(beside, "list").stdout
    assert public in listed
    assert secret not in listed
    assert "[red]lost[/]" in listed
    with ReelFarm(api.url, token) as farm:
        farm.overview()
        assert key(beside, "revoke", token).stdout == f"{public} is revoked\n"
        with pytest.raises(NotSignedIn, match=f"the key {public} does not hold"):
            farm.overview()
    assert "revoked" in key(beside, "list").stdout
    unknown = reelfarm("key", "revoke", "rf_nothing", environment=beside)
    assert (unknown.status, unknown.stderr) == (
        2,
        "reelfarm: there is no key rf_nothing: check the id\n",
    )


def test_without_a_database_the_way_to_one_is_named(tmp_path: Path) -> None:
    environment = farm_environment(REELFARM_STATE_DIR=str(tmp_path))
    done = reelfarm("key", "make", environment=environment)
    assert (done.status, done.stdout) == (2, "")
    assert "set REELFARM_DATABASE_URL=postgresql://" in done.stderr
    scope = reelfarm("key", "make", "--scope", "all", environment=environment)
    assert scope.status == 2
    assert "is not one of" in scope.stderr
