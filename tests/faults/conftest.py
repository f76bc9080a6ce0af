"""Farms for fault tests: an undisturbed title to compare with, real S3, logs of what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from farm.spec import JobSpec
from tests.faults.farm import FaultFarm
from tests.faults.invariants import essence
from tests.faults.network import Network
from tests.faults.servers import Places, make_buckets
from tests.faults.titles import quick_spec
from tests.swift import Swift

MakeFarm = Callable[..., FaultFarm]
MakeSpec = Callable[..., JobSpec]


@pytest.fixture
def make_farm(tmp_path: Path, cluster: Path) -> Iterator[MakeFarm]:
    """Start a farm that ends with the test; its logs are shown where the test fails."""
    with ExitStack() as closing:

        def make(**options: Any) -> FaultFarm:
            return closing.enter_context(FaultFarm(tmp_path / "farm", cluster=cluster, **options))

        yield make


@pytest.fixture
def make_spec(title_clip: Path) -> MakeSpec:
    """Return a spec of a title of 8 s for a farm: small and fast rungs, three chunks."""

    def make(farm: FaultFarm, **changes: Any) -> JobSpec:
        return quick_spec(title_clip, farm.places.origin, **changes)

    return make


@pytest.fixture(scope="session")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, title_clip: Path, cluster: Path
) -> dict[str, Any]:
    """What becomes of the title when nothing happens to the farm."""
    with FaultFarm(tmp_path_factory.mktemp("undisturbed") / "farm", cluster=cluster) as farm:
        job_id = farm.submit(quick_spec(title_clip, farm.places.origin))
        assert farm.wait_for_end(job_id) == "PUBLISHED", farm.log_tails()
        return essence(farm.record(job_id))


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """Lines between processes of a test that has no farm."""
    with Network() as network:
        yield network


@pytest.fixture
def s3_places(swift: Swift, request: pytest.FixtureRequest) -> Places:
    """Places in two buckets of a test's own."""
    return make_buckets(swift, f"{abs(hash(request.node.nodeid)):x}")
