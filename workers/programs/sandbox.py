"""Put limits on this process, tie its life to its parent's, and become another program.

Run as a file by `sandboxed()`, before the exec of every program ReelFarm starts. A program of its
own because code between fork and exec is not safe in a process with threads.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
UNPRIVILEGED_ID = 65534  # nobody, on the barest machine: initdb looks its user up by name


def sandboxed(
    argv: list[str],
    *,
    death_signal: signal.Signals = signal.SIGKILL,
    unprivileged: bool = False,
    limits: dict[str, int] | None = None,
) -> list[str]:
    """Return the argv that runs `argv` in a sandbox that ends with the calling process.

    `limits` are RLIMIT names without the prefix ("CPU", "AS", "FSIZE", "NOFILE"), as far as the
    machine allows them. `unprivileged` hides root in a user namespace, for PostgreSQL, which
    refuses to run as root: files of ours stay ours, so no directory needs to be opened to another
    user.
    """
    orders = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "unprivileged": unprivileged and os.geteuid() == 0,
        "limits": limits or {},
    }
    # -I -S: no environment, no site packages; the sandbox starts in some 15 ms.
    return [sys.executable, "-I", "-S", str(Path(__file__)), json.dumps(orders), *argv]


def _hide_root(libc: ctypes.CDLL) -> None:
    """Map this user to an unprivileged id inside a new user namespace (user_namespaces(7))."""
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "cannot make a user namespace to run as non-root")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{UNPRIVILEGED_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{UNPRIVILEGED_ID} {gid} 1")


def main() -> None:
    """Obey the orders in argv[1], then exec argv[2:]."""
    orders = json.loads(sys.argv[1])
    argv = sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    for name, wanted in orders["limits"].items():
        limit = getattr(resource, f"RLIMIT_{name}")
        _, most = resource.getrlimit(limit)  # what this process may not raise
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(limit, (value, value))
    # Python ignores these two, and what is ignored stays ignored across exec (signal(7)).
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    if orders["unprivileged"]:
        _hide_root(libc)
    # After the change of user, which would clear it (prctl(2)).
    if libc.prctl(PR_SET_PDEATHSIG, orders["death_signal"], 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot set the death signal")
    if os.getppid() != orders["parent"]:  # it died before the signal was set
        sys.exit(1)
    os.execv(argv[0], argv)


CANNOT_RUN = 126  # as shells say it (POSIX.1, 2.8.2)

if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.stderr.write(f"sandbox: {sys.argv[2]}: {error.strerror}\n")
        sys.exit(CANNOT_RUN)
