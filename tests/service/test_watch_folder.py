"""`reelfarm watch-folder`: what is dropped into a folder is handed in, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from farm.settings import Settings
from farm.uri import path_of
from storage.postgres.database import Database
from storage.postgres.models import Job
from tests.service.api_server import ApiServer, api_server
from tests.service.commands import Running, farm_environment, reelfarm, started
from tests.service.ports import free_port

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n"


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder that is watched, and the farm that gets what is in it."""

    folder: Path
    environment: dict[str, str]
    api: ApiServer
    origin: Path

    @contextmanager
    def watched(self, *options: str) -> Iterator[Running]:
        given = ("--settle", "0.5s", "--origin", str(self.origin), *options)
        log = self.folder.with_name("log")
        command = ("watch-folder", str(self.folder), *given)
        with started(*command, environment=self.environment, log=log) as running:
            running.wait_until(lambda: "watching" in running.output)
            yield running

    def put(self, name: str, content: str = "media") -> Path:
        """Write a file as programs do that care: under a name of its own first."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        hidden = path.with_name(f".{path.name}")
        hidden.write_text(content)
        return hidden.rename(path)

    def jobs(self) -> list[dict[str, Any]]:
        """Return the records of all jobs, in the order in which they came in."""
        with self.api.client("*") as client:
            found = client.get("/v1/jobs", params={"limit": 200}).json()["items"]
            return [client.get(job["links"]["self"]).json() for job in reversed(found)]


@pytest.fixture
def inbox(api: ApiServer, tmp_path: Path) -> Inbox:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Inbox(folder, environment_of(tmp_path, api), api, tmp_path / "origin")


def environment_of(folder: Path, api: ApiServer) -> dict[str, str]:
    return farm_environment(REELFARM_STATE_DIR=str(folder / "state"), **api.environment())


def test_what_appears_is_handed_in_with_what_lies_beside_it(inbox: Inbox) -> None:
    inbox.put("early.mp4")
    with inbox.watched("--priority", "4", "--catalog", "inbox") as running:
        inbox.put("movie.en.srt", VTT)
        inbox.put("movie.de.forced.vtt", VTT)
        inbox.put("movie.chapters.vtt", VTT)
        inbox.put("movie.director.srt", VTT)
        inbox.put("movie.mp4")
        inbox.put("season 1/one.mkv")
        for name in ("upload.mp4.part", ".hidden.mp4", "notes.txt", "poster.jpg"):
            (inbox.folder / name).write_text("not a title")
        (inbox.folder / "empty.mp4").touch()
        running.wait_until(lambda: len(inbox.jobs()) == 3)
        assert running.stop() == 0
    jobs = {job["asset"]: job for job in inbox.jobs()}
    assert jobs.keys() == {"early", "movie", "season-1-one"}
    assert {job["priority"] for job in jobs.values()} == {4}
    assert {job["catalog"] for job in jobs.values()} == {"inbox"}
    assert path_of(jobs["movie"]["source"]["uri"]) == inbox.folder / "movie.mp4"
    assert path_of(jobs["season-1-one"]["source"]["uri"]) == inbox.folder / "season 1" / "one.mkv"
    assert f"{jobs['movie']['id']} movie.mp4\n" in running.output
    assert "reelfarm: movie.mp4: movie.director.srt was left out: name it like" in running.output


def test_sidecars_are_part_of_the_request(inbox: Inbox, database: Database) -> None:
    inbox.put("movie.de.forced.vtt", VTT)
    inbox.put("movie.chapters.vtt", VTT)
    inbox.put("movie.mp4")
    with inbox.watched() as running:
        running.wait_until(lambda: len(inbox.jobs()) == 1)
    with database.begin() as session:
        spec = session.get_one(Job, inbox.jobs()[0]["id"]).spec
    [subtitle] = spec["subtitles"]
    assert (subtitle["language"], subtitle["forced"]) == ("de", True)
    assert path_of(subtitle["uri"]) == inbox.folder / "movie.de.forced.vtt"
    assert path_of(spec["chapters"]) == inbox.folder / "movie.chapters.vtt"


def test_a_file_is_taken_when_it_has_stopped_growing(inbox: Inbox) -> None:
    with inbox.watched("--settle", "2s") as running, (inbox.folder / "movie.mp4").open("w") as film:
        for _ in range(8):
            film.write("more")
            film.flush()
            with pytest.raises(AssertionError):
                running.wait_until(lambda: len(inbox.jobs()) == 1, within_s=0.5)
        running.wait_until(lambda: len(inbox.jobs()) == 1)
    assert len(inbox.jobs()) == 1


@pytest.mark.parametrize("remembered", [True, False])
def test_who_starts_again_hands_in_nothing_twice(inbox: Inbox, remembered: bool) -> None:
    film = inbox.put("movie.mp4")
    with inbox.watched() as running:
        running.wait_until(lambda: len(inbox.jobs()) == 1)
        running.wait_until(lambda: "movie.mp4" in running.output)
        running.stop()
    if not remembered:  # then the farm knows its Idempotency-Key
        for file in Path(inbox.environment["REELFARM_STATE_DIR"], "watched").iterdir():
            file.unlink()
    with inbox.watched("--priority", "3") as running:  # asked for otherwise, but the same file
        inbox.put("other.mp4")
        running.wait_until(lambda: len(inbox.jobs()) == 2)
        film.write_text("another film")
        running.wait_until(lambda: len(inbox.jobs()) == 3)
    assert [job["asset"] for job in inbox.jobs()] == ["movie", "other", "movie"]
    assert "reelfarm:" not in running.output


def test_what_is_wrong_with_one_file_does_not_end_the_watching(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox"
    allowed = Settings(sources=f"{folder}/good/", origins="any")
    folder.mkdir()
    with api_server(database_url, broker_url, allowed) as api:
        inbox = Inbox(folder, environment_of(tmp_path, api), api, tmp_path / "origin")
        inbox.put("bad/one.mp4")
        with inbox.watched() as running:
            running.wait_until(lambda: "reelfarm: bad/one.mp4: tenant default" in running.output)
            inbox.put("good/two.mp4")
            running.wait_until(lambda: len(inbox.jobs()) == 1)
            assert running.stop() == 0
    assert running.output.count("one.mp4: ") == 1  # it is told once


def test_a_farm_that_is_away_is_waited_for(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    port = free_port()
    folder = tmp_path / "inbox"
    folder.mkdir()
    with api_server(database_url, broker_url, port=port) as api:
        inbox = Inbox(folder, environment_of(tmp_path, api), api, tmp_path / "origin")
    with inbox.watched() as running:
        inbox.put("movie.mp4")
        running.wait_until(lambda: "does not answer" in running.output)
        with api_server(database_url, broker_url, port=port):
            running.wait_until(lambda: len(inbox.jobs()) == 1)
            assert [job["asset"] for job in inbox.jobs()] == ["movie"]


def test_without_a_key_that_holds_it_ends(inbox: Inbox) -> None:
    inbox.put("movie.mp4")
    stranger = {**inbox.environment, "REELFARM_KEY": "rf_aaaaaaaaaaaa_" + "b" * 43}
    command = ("watch-folder", str(inbox.folder), "--settle", "0s")
    done = reelfarm(*command, environment=stranger)
    assert done.status == 2
    assert "does not hold" in done.stderr
    absent = reelfarm("watch-folder", "absent", environment=inbox.environment)
    assert (absent.status, absent.stderr) == (2, "reelfarm: absent is no folder: check the path\n")
