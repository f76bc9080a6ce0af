"""Fixtures for every kind of test: real tools, and a step's context without a farm around it."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.parts import FileRef, Part, Product
from farm.settings import Settings
from farm.spec import JobSpec
from services.allowed import Allowed
from storage.objects.parallel import Transfers
from tests.swift import Swift, swift_server
from workers.programs.runner import run
from workers.programs.tools import Tools, find_tools
from workers.sources.access import Sources
from workers.sources.cache import Cache
from workers.steps.contract import StepContext

REPOSITORY = Path(__file__).parent.parent

pytest_plugins = ["tests.session_servers"]

# Machines pause: how long an example takes says nothing about what it shows.
hypothesis_settings.register_profile("reelfarm", deadline=None)
hypothesis_settings.load_profile("reelfarm")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes test side by side: a third of their time is waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Leave modules and tests out of garbage collection: all of them stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state_dir=tmp_path_factory.mktemp("state"), sources="any", origins="any")


@pytest.fixture(scope="session")
def tools(settings: Settings) -> Tools:
    return find_tools(settings)


@pytest.fixture(scope="session")
def run_command(tools: Tools) -> Callable[[Command, Path], Finished]:
    """Run a command with the real tools in a directory."""
    return lambda command, cwd: run(command, tools=tools, cwd=cwd)


@pytest.fixture(scope="session")
def transfers(settings: Settings) -> Iterator[Transfers]:
    """The threads that move the objects of a worker."""
    transfers = Transfers(settings.s3_concurrency)
    yield transfers
    transfers.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared real media, which a fresh clone does not have."""
    folder = Path(os.environ.get("REELFARM_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "media").is_dir():
        pytest.skip(f"no shared media at {folder}: set REELFARM_SHARED to try them")
    return folder


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PostgreSQL cluster to copy, the same for all processes of a run."""
    from tests.cluster import make_cluster

    folder = tmp_path_factory.getbasetemp()
    return make_cluster((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "all")


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """A real S3 server."""
    with swift_server(tmp_path_factory.mktemp("swift")) as server:
        yield server


@dataclass(frozen=True, slots=True)
class S3:
    """A bucket on a real server, and the settings that lead there."""

    server: Swift
    bucket: str
    settings: Settings

    def new_location(self) -> str:
        """Return the URL of a place in the bucket where nothing is yet."""
        return f"s3://{self.bucket}/{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def s3(swift: Swift, settings: Settings) -> Iterator[S3]:
    """A bucket of the session; its credentials are in this process's environment."""
    from storage.objects.s3_client import s3_client

    with pytest.MonkeyPatch.context() as environment:
        for name, value in swift.environment.items():
            environment.setenv(name, value)
        there = settings.model_copy(update={"s3_endpoint_url": swift.endpoint_url})
        s3_client(there).create_bucket(Bucket="farm")
        yield S3(swift, "farm", there)


def stored(product: Product) -> Part:
    """Return the part a product becomes, its files staying where they are."""
    files = {
        name: FileRef(
            str(path.resolve()),
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_size,
        )
        for name, path in product.files.items()
    }
    return Part(product.facts, files, product.evidence)


def _copy(file: FileRef, target: Path) -> None:
    shutil.copyfile(file.key, target)


def _copy_all(files: Mapping[Path, FileRef], _report: Callable[[float], None]) -> None:
    for target, file in files.items():
        _copy(file, target)


ANYWHERE = Allowed("default", None, "use", "no setting")

MakeContext = Callable[..., StepContext[Any]]


@pytest.fixture
def step_context(
    tmp_path: Path, settings: Settings, tools: Tools, transfers: Transfers
) -> Iterator[MakeContext]:
    """Make a StepContext over a scratch directory of its own; call it as often as needed."""
    made = 0

    def make(
        *,
        params: Any = None,
        inputs: Mapping[str, Part] | None = None,
        wanted: Iterable[str] = ("",),
        spec: JobSpec | None = None,
        source: Path | None = None,
        key: str = "step",
        other_settings: Settings | None = None,
    ) -> StepContext[Any]:
        nonlocal made
        made += 1
        here = other_settings or settings
        scratch = tmp_path / f"scratch-{made}"
        scratch.mkdir()
        return StepContext(
            job_id="job",
            spec=spec or a_spec(source or tmp_path / "absent.mp4", tmp_path / "origin"),
            key=key,
            params=params,
            inputs=inputs or {},
            wanted=frozenset(wanted),
            scratch=scratch,
            settings=here,
            run_program=lambda command: run(command, tools=tools, cwd=scratch),
            fetch=_copy,
            fetch_all=_copy_all,
            transfers=transfers,
            sources=closing.enter_context(
                Sources(here, Cache(tmp_path / "cache", here.cache_bytes), ANYWHERE)
            ),
            origins=lambda: ANYWHERE,
        )

    with ExitStack() as closing:
        yield make


def a_spec(source: Path, origin: Path, **changes: Any) -> JobSpec:
    """Return a spec with a ladder of two small, fast rungs."""
    ladder = LadderPolicy(
        name="test",
        preset="ultrafast",
        rungs=(
            PolicyRung(width=160, height=90, max_bps=200_000, crf=30),
            PolicyRung(width=320, height=180, max_bps=600_000, crf=26),
        ),
    )
    given = {"asset": "title", "source": str(source), "origin": str(origin), "ladder": ladder}
    return JobSpec.model_validate({**given, **changes})


@pytest.fixture(scope="session")
def title_clip(
    tmp_path_factory: pytest.TempPathFactory, run_command: Callable[[Command, Path], Finished]
) -> Path:
    """A title of 8 s: 320x180 at 25 fps with stereo audio."""
    folder = tmp_path_factory.mktemp("title")
    pattern = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8")
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=8")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    make = (*FFMPEG_PREAMBLE, *pattern, *tone, *codecs, "-ac", "2", "title.mp4")
    run_command(Command(Tool.FFMPEG, make, "make the title"), folder)
    return folder / "title.mp4"
