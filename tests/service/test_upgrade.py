"""A farm's database from before version 0.2, with titles under way, is upgraded: they finish.

`data/upgrade_rows.json` and `data/upgrade_files.tar.xz` were written by that version: by its own
farm, whose worker was killed while it encoded one title and had just measured another, every table
at revision 0002. Places are templates; all times are moved so that it was an hour ago.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from storage.objects.directory import DirectoryStore
from storage.postgres.database import Database
from storage.postgres.generations import Asset
from storage.postgres.migrate import migrate
from tests.conftest import REPOSITORY
from tests.faults.playback import unresolved
from tests.service.api_server import api_server
from tests.service.commands import farm_environment, reelfarm, started

DATA = Path(__file__).parent / "data"
UNBEGUN = ("queued", "paused")  # titles of which no step has looked at the source yet

LOAD = "INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, :rows)"
MOMENTS = """
SELECT table_name, column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
"""
STATES = "SELECT asset, state FROM job"
GENERATIONS = """
SELECT generation.asset, number,
       removing_at IS NULL AND superseded_at IS NULL AND published_at IS NOT NULL,
       published_by = job_id, job.submission = generation.submission
  FROM generation JOIN job ON job.id = job_id ORDER BY generation.asset, number
"""


@dataclass(frozen=True, slots=True)
class OldFarm:
    """What the old version left: a database, a work store, an empty origin, and sources."""

    database: Database
    folder: Path

    @property
    def origin(self) -> str:
        return str(self.folder / "origin")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.database.begin() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    def states(self) -> dict[str, str]:
        return dict(self.query(STATES))

    def job_id(self, asset: str) -> str:
        ids: dict[str, str] = dict(self.query("SELECT asset, id FROM job"))
        return ids[asset]


@pytest.fixture
def old_farm(
    database_url: str, tmp_path: Path, run_command: Callable[[Command, Path], Finished]
) -> Iterator[OldFarm]:
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("CREATE DATABASE upgrade")
        database = Database(database_url.replace("/postgres?", "/upgrade?"))
        try:
            farm = OldFarm(database, tmp_path)
            rows = _unpack(farm)
            for asset in UNBEGUN:
                _make_clip(tmp_path / "sources", asset, run_command)
            _fill(farm, rows)
            yield farm
        finally:
            database.close()
            server.execute("DROP DATABASE upgrade WITH (FORCE)")


def _unpack(farm: OldFarm) -> dict[str, Any]:
    """Put files where the rows, which are returned, say."""
    places = {name: str(farm.folder / name) for name in ("sources", "origin", "work")}
    written = (DATA / "upgrade_rows.json").read_text()
    for name, place in places.items():
        written = written.replace(f"{{{name}}}", place)
    rows: dict[str, Any] = json.loads(written)
    with tarfile.open(DATA / "upgrade_files.tar.xz") as tar:
        tar.extractall(farm.folder, filter="data")
    for artifact in rows["rows"]["artifact"]:
        evidence = artifact["part"]["evidence"]
        if artifact["kind"] == "ingest" and (source := Path(evidence["path"])).exists():
            os.utime(source, ns=(evidence["mtime_ns"], evidence["mtime_ns"]))
    return rows


def _make_clip(folder: Path, name: str, run_command: Callable[[Command, Path], Finished]) -> None:
    made = (
        *("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2"),
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    )
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *made, f"{name}.mp4"), "make"), folder)


def _fill(farm: OldFarm, written: dict[str, Any]) -> None:
    """Make the schema of the old version, and load its rows."""
    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "migrations"))
    with farm.database.begin() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, written["revision"])
        for table, rows in written["rows"].items():
            session.execute(text(LOAD.format(table=table)), {"rows": json.dumps(rows)})
        for table, column in session.execute(text(MOMENTS)).all():
            session.execute(
                text(
                    f"UPDATE {table} SET {column} = {column}"
                    " + (now() - CAST(:taken_at AS timestamptz)) - interval '1 hour'"
                ),
                {"taken_at": written["taken_at"]},
            )
        session.execute(text("SELECT setval('step_id_seq', (SELECT max(id) FROM step))"))


def test_titles_that_were_under_way_are_published_after_the_upgrade(
    old_farm: OldFarm, broker_url: str, tmp_path: Path
) -> None:
    under_way = {"measured": "RUNNING", "running": "RUNNING", "queued": "QUEUED"}
    ended = {"published": "PUBLISHED", "cancelled": "CANCELLED"}
    assert old_farm.states() == under_way | ended | {"paused": "PAUSED"}
    migrate(old_farm.database)
    submitted = old_farm.query("SELECT asset FROM job ORDER BY submission")
    assert submitted == old_farm.query("SELECT asset FROM job ORDER BY created_at")
    environment = farm_environment(
        REELFARM_DATABASE_URL=old_farm.database.url,
        REELFARM_BROKER_URL=broker_url,
        REELFARM_STATE_DIR=str(tmp_path / "state"),
        REELFARM_WORK_URL=str(tmp_path / "work"),
        REELFARM_RECONCILE_S="0.5",
        REELFARM_WAKE_AGAIN_S="2",
        REELFARM_ENCODE_SLOTS="2",
    )
    with ExitStack() as closing:
        worker, _ = (
            closing.enter_context(
                started(verb, environment=environment, log=tmp_path / f"{verb}.log")
            )
            for verb in ("worker", "reconcile")
        )
        published = ended | dict.fromkeys(under_way, "PUBLISHED")
        worker.wait_until(lambda: old_farm.states() == published | {"paused": "PAUSED"})
        paused = old_farm.job_id("paused")
        api = closing.enter_context(api_server(old_farm.database.url, broker_url))
        desk = {**environment, **api.environment()}
        assert reelfarm("resume", paused, environment=desk).status == 0
        published["paused"] = "PUBLISHED"
        worker.wait_until(lambda: old_farm.states() == published)
        # Scores that lie in their rows are read from there.
        for asset in ("measured", "published"):
            shown = reelfarm("status", old_farm.job_id(asset), "--json", environment=desk)
            renditions = json.loads(shown.stdout)["renditions"]
            assert [rendition["vmaf"] is not None for rendition in renditions] == [True, True]
    assert old_farm.query(GENERATIONS) == [
        (asset, 1, True, True, True)
        for asset in ("measured", "paused", "published", "queued", "running")
    ]
    origin = DirectoryStore(Path(old_farm.origin))
    for asset, digest in old_farm.query("SELECT asset, digest FROM generation"):
        if asset != "published":  # its objects are at the origin of the old version
            folder = Asset(old_farm.origin, "default", asset).folder
            assert unresolved(origin, folder, f"g1-{digest[:8]}") == []
    steps = "SELECT DISTINCT job.state, step.state FROM job JOIN step ON job_id = job.id"
    assert sorted(old_farm.query(steps)) == [("CANCELLED", "CANCELLED"), ("PUBLISHED", "DONE")]
    # What was done is not done again.
    measures = (
        "SELECT attempts, reused FROM step JOIN job ON job.id = job_id"
        " WHERE asset = 'measured' AND kind = 'measure'"
    )
    assert old_farm.query(measures) == [(1, False), (1, False)]
