"""Named places at which a process can be told to die, so that tests can kill it exactly there.

Armed by the environment: `REELFARM_FAILPOINT=publish.before-pointer` kills the process with
SIGKILL the first time it gets there, `...:3` the third time. Unarmed, a place costs one lookup.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

NAMES = (
    "submit.before-commit",
    "submit.after-commit",
    "wake.before",
    "wake.after",
    "claim.before-commit",
    "claim.after-commit",
    "store.before-upload",
    "store.after-upload",
    "ask.before-commit",
    "ask.after-commit",
    "reopen.before-commit",
    "reopen.after-commit",
    "review.before-commit",
    "review.after-commit",
    "complete.before-commit",
    "complete.after-commit",
    "fail.before-commit",
    "fail.after-commit",
    "release.before-commit",
    "release.after-commit",
    "reap.before-commit",
    "reap.after-commit",
    "publish.before-upload",
    "publish.mid-upload",
    "publish.after-upload",
    "publish.after-read-back",
    "publish.before-pointer",
    "publish.between-pointers",
    "publish.after-pointers",
    "decide.before-pointers",
    "decide.between-pointers",
    "decide.after-pointers",
    "housekeeping.after-mark",
    "housekeeping.after-manifests",
    "deliver.before-send",
    "deliver.after-send",
)

_reached: Counter[str] = Counter()


def reached(name: str) -> None:
    """Die here if the environment says so; raise ValueError for a name that is not in `NAMES`."""
    if name not in NAMES:
        raise ValueError(f"{name!r} is not a failpoint")
    armed = os.environ.get("REELFARM_FAILPOINT")
    if armed is None:
        return
    wanted, _, nth = armed.partition(":")
    if wanted != name:
        return
    _reached[name] += 1
    if _reached[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
