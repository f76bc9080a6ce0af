"""Large uploads that break in the middle of a part: whole in the end, or gone without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from farm.errors import StorageUnavailable
from farm.settings import Settings
from storage.objects.store import LARGE_BYTES, Headers, ObjectStore, sha256_of
from storage.objects.stores import open_store
from tests.faults.connection import Mode, Way
from tests.faults.http_proxy import HttpProxy
from tests.faults.leftovers import open_uploads
from tests.faults.network import Network
from tests.faults.servers import Places, credentials, environment
from tests.waiting import wait_until

MID_PART_BYTES = 3 << 20
PUT_FILE = """
import sys
from pathlib import Path
from farm.settings import Settings
from storage.objects.store import Headers
from storage.objects.stores import open_store
open_store(sys.argv[1], Settings()).put_file("big/file", Path(sys.argv[2]), Headers())
"""


@pytest.fixture
def line(s3_places: Places) -> Iterator[HttpProxy]:
    assert s3_places.s3 is not None
    address = urlsplit(s3_places.s3.endpoint_url)
    assert address.hostname and address.port
    with Network() as network, environment(credentials(s3_places)):
        yield network.add(HttpProxy((address.hostname, address.port)))


@pytest.fixture
def store(s3_places: Places, line: HttpProxy, tmp_path: Path) -> ObjectStore:
    settings = Settings(state_dir=tmp_path, s3_endpoint_url=f"http://127.0.0.1:{line.port}")
    return open_store(s3_places.origin, settings)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(os.urandom(LARGE_BYTES + (7 << 20)))
    return path


def test_an_upload_that_is_reset_in_the_middle_of_parts_arrives_whole(
    store: ObjectStore, line: HttpProxy, s3_places: Places, big: Path, tmp_path: Path
) -> None:
    line.break_after(MID_PART_BYTES, Way.UP, times=3)
    store.put_file("big/file", big, Headers())
    assert line.broken
    store.fetch("big/file", tmp_path / "back")
    assert sha256_of(tmp_path / "back") == sha256_of(big)
    assert list(open_uploads(s3_places, s3_places.origin)) == []


@pytest.mark.slow_fault
def test_an_upload_that_is_reset_every_time_leaves_nothing(
    store: ObjectStore, line: HttpProxy, s3_places: Places, big: Path
) -> None:
    line.break_after(MID_PART_BYTES, Way.UP, times=10_000)
    with pytest.raises(StorageUnavailable):
        store.put_file("big/file", big, Headers())
    assert not line.broken
    line.heal()
    assert store.head("big/file") is None
    assert list(open_uploads(s3_places, s3_places.origin)) == []


def test_an_upload_whose_process_is_killed_is_cleared_away(
    store: ObjectStore, line: HttpProxy, s3_places: Places, big: Path
) -> None:
    line.latency_s = 0.05  # for every block: it takes a while
    uploading = subprocess.Popen(
        [sys.executable, "-c", PUT_FILE, s3_places.origin, str(big)],
        env={**os.environ, "REELFARM_S3_ENDPOINT_URL": f"http://127.0.0.1:{line.port}"},
    )
    wait_until(lambda: list(open_uploads(s3_places, s3_places.origin)), 30, child=uploading)
    uploading.send_signal(signal.SIGKILL)
    uploading.wait()
    line.set(Mode.CUT)
    line.heal()
    assert len(list(open_uploads(s3_places, s3_places.origin))) == 1
    assert store.clear_abandoned("big/", 3600) == 0  # it could still be going on
    wait_until(lambda: store.clear_abandoned("big/", 0))  # a server's clock may count in seconds
    assert list(open_uploads(s3_places, s3_places.origin)) == []
    assert store.head("big/file") is None
