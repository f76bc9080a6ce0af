"""A real S3-compatible object store for tests: OpenStack Swift with its s3api, from the wheel."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import HANGS_AFTER_S
from workers.programs.sandbox import sandboxed

STOP_WITHIN_S = 10.0
BACKENDS = ("account", "container", "object")

# One copy on one device: what is tested is the API. A process of its own, because importing
# eventlet here would bring its warnings and its patched sockets into the tests.
MAKE_RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), ports, strict=True):
    builder = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
    device = {"id": 0, "region": 1, "zone": 1, "weight": 1, "device": "disk"}
    builder.add_dev({**device, "ip": "127.0.0.1", "port": int(port)})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{name}.ring.gz")
"""

BACKEND = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}
mount_check = false
disable_fallocate = true
log_level = WARNING
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

# No `cache`: a memcached that happens to run here would mix this store up with another.
PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
log_level = WARNING
[pipeline:main]
pipeline = catch_errors healthcheck listing_formats s3api tempauth copy slo dlo symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_farm_owner = owner-secret .admin
user_farm_guest = guest-secret
[filter:s3api]
use = egg:swift#s3api
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
"""

# Where objects lie follows from these; any value will do, but none may be missing.
HASHING = """
[swift-hash]
swift_hash_path_prefix = reelfarm
swift_hash_path_suffix = tests
"""


@dataclass(frozen=True, slots=True)
class Swift:
    """A running store; the guest may sign requests, but has access to nothing."""

    endpoint_url: str
    access_key: str = "farm:owner"
    secret_key: str = "owner-secret"
    guest_access_key: str = "farm:guest"
    guest_secret_key: str = "guest-secret"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables under which the farm works on this store, whatever else is set."""
        return {
            "REELFARM_S3_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def swift_server(folder: Path) -> Iterator[Swift]:
    """Run a store that keeps everything in `folder`, as long as the `with` lasts.

    Starting it again in the same folder brings the objects back, on another port.
    """
    (folder / "disk").mkdir(parents=True, exist_ok=True)
    (folder / "swift.conf").write_text(HASHING)
    ports = _free_ports(len(BACKENDS) + 1)
    proxy_port, backend_ports = ports[-1], ports[:-1]
    _python("-c", MAKE_RINGS, str(folder), *map(str, backend_ports))
    settings = {"folder": folder, "user": pwd.getpwuid(os.getuid()).pw_name}
    with ExitStack() as running:
        children = {}
        for name, port in zip((*BACKENDS, "proxy"), ports, strict=True):
            template = PROXY if name == "proxy" else BACKEND
            config = folder / f"{name}.conf"
            config.write_text(template.format(name=name, port=port, **settings))
            children[name] = _start(name, config)
            running.callback(_stop, children[name])
        endpoint_url = f"http://127.0.0.1:{proxy_port}"
        _wait(proxy_port, backend_ports, children, folder)
        yield Swift(endpoint_url)


def _start(name: str, config: Path) -> subprocess.Popen[bytes]:
    script = Path(sys.executable).with_name(f"swift-{name}-server")
    with config.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            sandboxed([sys.executable, "-W", "ignore", str(script), str(config), "-v"]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait(STOP_WITHIN_S)


def _wait(
    proxy_port: int,
    backend_ports: list[int],
    children: dict[str, subprocess.Popen[bytes]],
    folder: Path,
) -> None:
    """Return when the proxy answers, and the servers behind it listen."""
    deadline = time.monotonic() + HANGS_AFTER_S
    while not (all(map(_listens, backend_ports)) and _is_healthy(proxy_port)):
        for name, child in children.items():
            if child.poll() is not None:
                log = (folder / f"{name}.log").read_text()
                raise RuntimeError(f"Swift's {name} server ended: {log[-2000:]}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"Swift did not come up in {HANGS_AFTER_S:g} s: see {folder}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on; all are held at once, so that none is given twice."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", *arguments], check=True, capture_output=True)
