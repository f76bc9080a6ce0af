"""Parts through the work store: many objects at once, all or an error, and known when intact."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from farm.errors import Cancelled, StorageUnavailable
from farm.parts import FileRef, Part, Product
from farm.plan import Resource, StepPlan
from storage.objects.directory import DirectoryStore
from storage.objects.parallel import Transfers
from storage.objects.store import LARGE_BYTES, Listed, ObjectInfo, ObjectStore
from storage.objects.stores import open_store
from storage.postgres import claims, jobs
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.models import Upload
from tests.conftest import S3, a_spec
from workers.engine.outputs import Outputs
from workers.sources.cache import Cache

PRINTS = {"": "a" * 64, "report": "b" * 64}
FILES = 60


def untold(_share: float) -> None:
    """Want no progress."""


def go_on() -> None:
    """Want everything."""


@dataclass(frozen=True, slots=True)
class Host:
    """A worker's access to the work store, and the step it runs."""

    outputs: Outputs
    claimed: Claim
    scratch: Path

    def products(self) -> dict[str, Product]:
        """Return two products: one of many small files and a large one, one of a single file."""
        made = self.scratch / "made"
        made.mkdir()
        files = {f"video/{number}.m4s": made / f"{number}.m4s" for number in range(FILES)}
        for name, path in files.items():
            path.write_text(f"content of {name}")
        files["video.mp4"] = made / "video.mp4"
        files["video.mp4"].write_bytes(os.urandom(LARGE_BYTES + 1))
        (made / "index.html").write_text("<p>")
        report = Product({"checks": 1}, {"index.html": made / "index.html"})
        return {"": Product({"frames": 7}, files, {"cpu_s": 1.0}), "report": report}

    def store(self, check_wanted: Callable[[], None] = go_on) -> dict[str, Part]:
        """Store both products as parts."""
        made = self.outputs.store(self.claimed, PRINTS, self.products(), check_wanted, untold)
        assert {name: print_ for name, (print_, _) in made.items()} == PRINTS
        return {name: part for name, (_, part) in made.items()}

    def intact(self, parts: dict[str, Part]) -> set[str]:
        return self.outputs.intact(parts, go_on)


@pytest.fixture(params=["directory", "s3"])
def work(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return DirectoryStore(tmp_path / "work", links=True)
    s3: S3 = request.getfixturevalue("s3")
    return open_store(s3.new_location(), s3.settings)


@pytest.fixture
def host(work: ObjectStore, database: Database, transfers: Transfers, tmp_path: Path) -> Host:
    spec = a_spec(tmp_path / "absent.mp4", tmp_path / "origin")
    with database.begin() as session:
        job_id, [wakeup] = jobs.submit(session, spec, [StepPlan("package", "package")], "request")
        turn = Turn(wakeup.step_id, job_id, Resource.CPU, job_waits=True)
        claimed = claims.claim_first(session, turn, "here:1", 60.0)
    assert claimed is not None
    cache = Cache(tmp_path / "cache", 1 << 30)
    return Host(Outputs(database, work, cache, transfers), claimed, tmp_path)


def test_what_one_step_leaves_another_brings(host: Host, work: ObjectStore) -> None:
    parts = host.store()
    [folder] = {file.key.split("/")[3] for part in parts.values() for file in part.files.values()}
    assert folder.startswith(f"{host.claimed.epoch}-")
    assert parts[""].facts == {"frames": 7}
    assert len(parts[""].files) == FILES + 1
    brought = host.scratch / "brought"
    (brought / "video").mkdir(parents=True)
    elsewhere = Cache(host.scratch / "elsewhere", 1 << 30)
    there = Outputs(host.outputs.database, work, elsewhere, host.outputs.transfers)
    there.fetch_all({brought / name: file for name, file in parts[""].files.items()}, go_on, untold)
    for name in parts[""].files:
        assert (brought / name).read_bytes() == _made(host, name).read_bytes()
    assert host.intact(parts) == {"", "report"}


def _made(host: Host, name: str) -> Path:
    return host.scratch / "made" / name.rpartition("/")[2]


def test_a_part_that_lacks_a_file_or_has_a_cut_one_is_not_intact(
    host: Host, work: ObjectStore
) -> None:
    parts = host.store()
    work.delete(parts[""].files["video/7.m4s"].key)
    assert host.intact(parts) == {"report"}
    cut = {name: FileRef(f.key, f.sha256, 1) for name, f in parts["report"].files.items()}
    assert host.intact({"cut": Part(None, cut), "no files": Part(None)}) == {"no files"}


def test_a_step_that_is_not_wanted_any_more_stops_between_objects(
    host: Host, work: ObjectStore
) -> None:
    left = iter(range(5))

    def check_wanted() -> None:
        if next(left, None) is None:
            raise Cancelled("the lease was lost")

    with pytest.raises(Cancelled, match="the lease was lost"):
        host.store(check_wanted)
    assert len(list(work.listed("work/"))) <= 5
    with host.outputs.database.begin() as session:  # housekeeping knows where to look
        folders = session.scalars(select(Upload.folder)).all()
    assert {folder.split("/")[2] for folder in folders} == set(PRINTS.values())


def test_an_object_that_is_gone_is_named(host: Host, work: ObjectStore) -> None:
    parts = host.store()
    gone = parts[""].files["video/7.m4s"]
    work.delete(gone.key)
    (host.scratch / "brought" / "video").mkdir(parents=True)
    elsewhere = Cache(host.scratch / "elsewhere", 1 << 30)
    there = Outputs(host.outputs.database, work, elsewhere, host.outputs.transfers)
    wanted = {host.scratch / "brought" / name: file for name, file in parts[""].files.items()}
    with pytest.raises(StorageUnavailable, match=f"{gone.key} is gone from the work store"):
        there.fetch_all(wanted, go_on, untold)


class Counting(DirectoryStore):
    """A store that counts what it is asked, and whose listings lag behind by one object."""

    lagging = "/7.m4s"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked: list[str] = []

    def listed(self, prefix: str) -> Iterator[Listed]:
        self.asked.append("list")
        return (found for found in super().listed(prefix) if not found.key.endswith(self.lagging))

    def head(self, key: str) -> ObjectInfo | None:
        self.asked.append(key.rpartition("/")[2])
        return super().head(key)


def test_one_listing_tells_of_all_files_and_a_head_of_those_it_lacks(
    database: Database, transfers: Transfers, host: Host, tmp_path: Path
) -> None:
    store = Counting(tmp_path / "counted")
    counted = Host(
        Outputs(database, store, Cache(tmp_path / "cache", 0), transfers), host.claimed, tmp_path
    )
    parts = counted.store()
    store.asked.clear()
    assert counted.intact(parts) == {"", "report"}
    assert store.asked == ["list", "7.m4s", "index.html"]
