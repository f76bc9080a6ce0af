"""What is allowed to be read and published to: asked before there is a job, and at the opening."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from farm.access import LOCAL
from farm.errors import LocationNotAllowed
from farm.settings import Settings
from services.allowed import Allowed, parse_locations
from services.locations import TenantLocations
from services.tenant_locations import set_locations
from storage.postgres.database import Database
from storage.postgres.keys import add_tenant
from storage.postgres.models import Job
from tests.conftest import MakeContext
from tests.forked import Ran
from tests.service.api_server import api_server
from tests.service.command_line import LENIENT_QC
from tests.service.commands import farm_environment, reelfarm, started
from tests.service.web_server import Handler, web_server
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.sources.file import open_file


def go_on() -> None:
    """Want everything."""


def may_read(*locations: str) -> Allowed:
    return Allowed("default", parse_locations(locations), "read", "REELFARM_SOURCES")


@pytest.fixture
def allowed(tmp_path: Path) -> dict[str, str]:
    """The locations of a farm that may read media/ and publish to origin/."""
    return {"sources": f"{tmp_path}/media/", "origins": f"file://{tmp_path}/origin/"}


@pytest.fixture
def environment(
    database: Database,
    database_url: str,
    broker_url: str,
    tmp_path: Path,
    allowed: dict[str, str],
) -> Iterator[dict[str, str]]:
    """The environment of that farm's parts, and of whoever hands in titles."""
    with api_server(database_url, broker_url, Settings.model_validate(allowed)) as api:
        yield farm_environment(
            REELFARM_DATABASE_URL=database_url,
            REELFARM_BROKER_URL=broker_url,
            REELFARM_STATE_DIR=str(tmp_path / "state"),
            REELFARM_WORK_URL=str(tmp_path / "work"),
            REELFARM_SOURCES=allowed["sources"],
            REELFARM_ORIGINS=allowed["origins"],
            **api.environment(),
        )


@pytest.fixture
def media(tmp_path: Path, title_clip: Path) -> Path:
    """A folder with a title, beside one with a secret of the same kind."""
    for folder in ("media", "secret"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "film.mp4").write_bytes(title_clip.read_bytes())
    return tmp_path / "media"


def submit(environment: dict[str, str], source: Path, origin: Path, *options: str) -> Ran:
    """Hand in a title by its location: whether there is such a file, the farm alone shall say."""
    where = (source.as_uri(), "--origin", origin.as_uri())
    return reelfarm("submit", *where, *options, environment=environment)


def jobs(database: Database) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def test_only_what_is_allowed_becomes_a_job(
    environment: dict[str, str], media: Path, database: Database, tmp_path: Path
) -> None:
    (media / "door").symlink_to(tmp_path / "secret")
    (tmp_path / "secret" / "en.vtt").write_text("WEBVTT\n")
    film, origin = media / "film.mp4", tmp_path / "origin"
    refused = [
        submit(environment, tmp_path / "secret" / "film.mp4", origin),
        submit(environment, tmp_path / "secret" / "absent.mp4", origin),
        submit(environment, media / "door" / "film.mp4", origin),
        submit(environment, media / ".." / "secret" / "film.mp4", origin),
        submit(environment, film, origin, "--subtitles", f"en=file://{tmp_path}/secret/en.vtt"),
        submit(environment, film, origin, "--chapters", f"file://{tmp_path}/secret/en.vtt"),
        submit(environment, film, tmp_path / "elsewhere"),
        submit(environment, film, origin / ".." / "elsewhere"),
    ]
    assert [done.status for done in refused] == [2] * len(refused)
    told = [done.stderr.partition(" '")[0] for done in refused]
    no = "reelfarm: tenant default may not"
    assert told == [*[f"{no} read"] * 6, *[f"{no} publish to"] * 2]
    assert jobs(database) == 0
    assert not (tmp_path / "elsewhere").exists()
    assert submit(environment, film, origin).status == 0
    assert jobs(database) == 1


def test_a_farm_that_was_told_nothing_allows_nothing_and_says_which_setting_to_set(
    environment: dict[str, str],
    allowed: dict[str, str],
    media: Path,
    database: Database,
    tmp_path: Path,
) -> None:
    film, origin = media / "film.mp4", tmp_path / "origin"
    for setting, verb, shown in (
        ("sources", "read", film.as_uri()),
        ("origins", "publish to", str(origin)),
    ):
        told = {name: value for name, value in allowed.items() if name != setting}
        servers = environment["REELFARM_DATABASE_URL"], environment["REELFARM_BROKER_URL"]
        with api_server(*servers, Settings.model_validate(told)) as api:
            done = submit({**environment, **api.environment()}, film, origin)
        assert (done.status, done.stderr) == (
            2,
            f"reelfarm: tenant default may not {verb} '{shown}': nothing is allowed: set"
            f" REELFARM_{setting.upper()}, as in file:///media/,s3://bucket/\n",
        )
    assert jobs(database) == 0


def test_a_wrong_setting_is_one_line_at_the_start_of_a_worker(environment: dict[str, str]) -> None:
    done = reelfarm("worker", environment={**environment, "REELFARM_SOURCES": "media"})
    assert done.status == 2
    assert done.stderr.startswith("reelfarm: REELFARM_SOURCES: 'media' is no location: give any,")


def test_a_worker_looks_again_when_a_link_was_swapped_after_submission(
    environment: dict[str, str], media: Path, tmp_path: Path
) -> None:
    link = media / "link.mp4"
    link.symlink_to("film.mp4")
    submitted = submit(environment, link, tmp_path / "origin")
    assert submitted.status == 0, submitted.stderr
    link.unlink()
    link.symlink_to(tmp_path / "secret" / "film.mp4")
    with started("worker", environment=environment, log=tmp_path / "worker.log"):
        watched = reelfarm("watch", submitted.stdout.strip(), "--json", environment=environment)
    assert watched.status == 2
    error = json.loads(watched.stdout)["error"]
    assert (error["code"], error["step"]) == ("location_not_allowed", "ingest")
    assert str(link) in error["message"]
    assert "secret" not in error["message"]


def keep(database: Database, **given: list[str]) -> None:
    """Keep locations for the tenant default, as its operators do; none: those of the settings."""
    with database.begin() as session:
        add_tenant(session, "default")
    caller, settings = LOCAL.about("default"), Settings()
    locations = TenantLocations.model_validate(given) if given else None
    set_locations(database, caller, settings, locations)


def test_locations_kept_in_the_farm_hold_at_once_for_those_who_hand_in_and_for_workers(
    environment: dict[str, str], media: Path, database: Database, tmp_path: Path
) -> None:
    secret, origin = tmp_path / "secret" / "film.mp4", tmp_path / "origin"
    keep(database, sources=[f"{tmp_path}/secret/"], origins=[f"{tmp_path}/origin/"])
    refused = submit(environment, media / "film.mp4", origin)
    assert refused.status == 2
    assert "it is none of those in sources of default in /v1/locations" in refused.stderr
    job = submit(environment, secret, origin)
    assert job.status == 0, job.stderr
    keep(database)  # it waits meanwhile, and media/ of the settings counts again
    quick = ("--qc", str(lenient_qc(tmp_path)), "--ladder", str(one_rung(tmp_path)))
    with started("worker", environment=environment, log=tmp_path / "worker.log"):

        def end_of(submitted: Ran) -> tuple[str, str | None]:
            watch = ("watch", submitted.stdout.strip(), "--json")
            record = json.loads(reelfarm(*watch, environment=environment).stdout)
            error = record["error"] or {}
            return error.get("code", record["state"]), error.get("step")

        assert end_of(job) == ("location_not_allowed", "ingest")
        # the worker goes on running, and hears of what is kept anew
        published = submit(environment, media / "film.mp4", origin, *quick)
        assert end_of(published) == ("PUBLISHED", None)
        keep(database, sources=[f"{tmp_path}/media/"], origins=[f"{tmp_path}/origin/"])
        asset = ("--asset", "other", "--subtitles", f"en={media}/en.vtt")
        (media / "en.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")
        again = submit(environment, media / "film.mp4", origin, *quick, *asset)
        keep(database, sources=[f"{tmp_path}/media/"], origins=[f"{tmp_path}/elsewhere/"])
        assert end_of(again) == ("location_not_allowed", "publish")


def lenient_qc(folder: Path) -> Path:
    (folder / "qc.yaml").write_text(LENIENT_QC)
    return folder / "qc.yaml"


def one_rung(folder: Path) -> Path:
    rung = "{width: 320, height: 180, max_bps: 600000, crf: 30}"
    (folder / "ladder.yaml").write_text(f"name: quick\npreset: ultrafast\nrungs:\n  - {rung}\n")
    return folder / "ladder.yaml"


def test_commands_read_the_file_that_was_checked_whatever_its_name_leads_to_later(
    media: Path, tmp_path: Path
) -> None:
    folder, secret = media / "folder", tmp_path / "secret" / "film.mp4"
    folder.mkdir()
    film = folder / "film.mp4"
    film.write_bytes((media / "film.mp4").read_bytes())
    secret.write_text("a secret")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with Sources(Settings(), Cache(tmp_path / "cache", 0), may_read(str(media))) as sources:
        sources.bring(str(film), scratch, go_on)
        folder.rename(media / "moved")
        folder.symlink_to(tmp_path / "secret")
        assert (scratch / "source").read_bytes() == (media / "film.mp4").read_bytes()
        with pytest.raises(LocationNotAllowed, match=f"may not read '{film}'"):
            sources.confirm(str(film), scratch, {}, "")
    assert not (scratch / "source").exists()  # let go of with the step


def test_a_file_is_where_it_was_opened_not_where_it_was_looked_for(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The swap comes between the look at the path and the opening."""
    folder = media / "folder"
    folder.mkdir()
    (folder / "film.mp4").write_text("a film")
    found = str(folder / "film.mp4")

    def swapped(_uri: str) -> Path:
        folder.rename(media / "moved")
        folder.symlink_to(tmp_path / "secret")
        return Path(found)

    monkeypatch.setattr("workers.sources.file.real_path", swapped)
    with pytest.raises(LocationNotAllowed, match=f"may not read '{found}'"):
        open_file(found, may_read(str(media)))


def test_each_redirect_must_lead_to_a_server_that_is_allowed(
    step_context: MakeContext, title_clip: Path
) -> None:
    film = title_clip.read_bytes()

    def serve(handler: Handler) -> None:
        handler.answer(200, film)

    with web_server({"/film.mp4": serve}) as other:

        def away(handler: Handler) -> None:
            handler.answer(302, Location=f"http://127.0.0.1:{other.port}/film.mp4")

        with web_server({"/away.mp4": away, "/film.mp4": serve}) as server:
            here, there = (f"http://127.0.0.1:{each.port}" for each in (server, other))

            def brought(name: str, *allowed: str) -> bytes:
                scratch = step_context().scratch
                settings = Settings(private_hosts="127.0.0.1")
                sources = Sources(settings, Cache(scratch / "cache", 0), may_read(*allowed))
                sources.identify(f"{here}/{name}")
                sources.bring(f"{here}/{name}", scratch, go_on)
                return (scratch / "source").read_bytes()

            with pytest.raises(LocationNotAllowed, match=f"may not read '{here}'"):
                brought("film.mp4", there)
            assert server.seen == []
            with pytest.raises(LocationNotAllowed, match=f"may not read '{there}'"):
                brought("away.mp4", here)
            assert other.seen == []
            assert brought("film.mp4", here) == brought("away.mp4", here, there) == film
