"""A farm under a workload and a nemesis, for minutes: `python -m tests.faults.soak --seed 7`.

Titles of several tenants are handed in over time while faults are inflicted. Then everything is
healed, every job has to end, and all invariants are checked. Ends with 1 where one is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from random import Random

from farm.states import StepState
from tests.faults import history, invariants
from tests.faults.farm import FaultFarm
from tests.faults.nemesis import Nemesis
from tests.faults.servers import make_buckets
from tests.faults.titles import CLIPS, Shelf
from tests.faults.workload import Workload
from tests.swift import swift_server

END_WITHIN_S = 600.0
TICK_S = 0.1


class Soak:
    """One run of a workload under a nemesis."""

    def __init__(self, farm: FaultFarm, shelf: Shelf, options: argparse.Namespace) -> None:
        self._farm = farm
        self._options = options
        self._started = time.monotonic()
        self._work = Workload(farm, shelf, options.seed)
        self._nemesis = Nemesis(farm, options.seed)

    def go(self) -> dict[str, list[str]]:
        """Run the workload under faults, then heal, wait and check; return what is broken."""
        self._say("learning what undisturbed titles become")
        self._work.learn()
        self._disturb()
        self._say("healing")
        self._nemesis.heal_all()
        self._wait()
        self._work.hand_in_again()
        self._wait()
        self._say("checking")
        found = invariants.broken_by_kind(self._farm)
        return {
            **found,
            "lost": [*found["lost"], *invariants.unknown_jobs(self._farm, self._work.accepted)],
            "different": self._work.different(),
            "unstoppable": self._nemesis.complaints,
        }

    def _disturb(self) -> None:
        moments = Random(self._options.seed)
        until = time.monotonic() + 60 * self._options.minutes
        pause_s = 60 * self._options.minutes / (self._options.faults + 1)
        next_fault = time.monotonic() + pause_s / 2
        while (now := time.monotonic()) < until or not self._has_enough():
            self._nemesis.tend()
            if now >= next_fault and (struck := self._nemesis.strike()):
                next_fault = now + moments.uniform(0.5, 1.5) * pause_s
                self._say(struck)
            self._work.keep_going()
            time.sleep(TICK_S)

    def _has_enough(self) -> bool:
        return len(self._work.accepted) >= int(self._options.titles) + len(CLIPS)

    def _wait(self) -> None:
        deadline = time.monotonic() + END_WITHIN_S
        while self._work.unended() and time.monotonic() < deadline:
            self._nemesis.tend()
            time.sleep(TICK_S)

    def summary(self, broken: dict[str, list[str]]) -> str:
        """Return what was done and seen, for a person."""
        states = [self._farm.job_state(job_id) for job_id in self._work.accepted]
        changes = history.step_changes(self._farm.database)
        faults = self._nemesis.inflicted
        lines = [
            f"seed {self._options.seed}, {time.monotonic() - self._started:.0f} s",
            f"titles {len(states)}: {_counted(states)}",
            f"steps completed {sum(change.new == StepState.DONE for change in changes)},"
            f" leases lost {sum(step.lost_leases for step in self._farm.steps())},"
            f" titles quarantined and handed in again {len(self._work.quarantined)}",
            f"faults {faults.total()}: {_counted(faults.elements())}",
            f"failpoints hit {len(self._nemesis.hit)}: {_counted(self._nemesis.hit)}",
            ", ".join(f"{name} {len(lines)}" for name, lines in broken.items()),
            *(f"  {name}: {line}" for name, lines in broken.items() for line in lines),
        ]
        return "\n".join(lines)

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._started:6.1f} s  {words}\n")


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(Counter(words).items()))


def main() -> int:
    """Run a soak as the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--titles", type=int, default=20, help="at least")
    parser.add_argument("--faults", type=int, default=100, help="about; spread over the minutes")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--directories", action="store_true", help="objects in directories, not S3")
    parser.add_argument("--folder", type=Path, help="keep everything there, logs too")
    options = parser.parse_args()
    with ExitStack() as closing:
        folder = options.folder or Path(closing.enter_context(tempfile.TemporaryDirectory()))
        places = None
        if not options.directories:
            swift = closing.enter_context(swift_server(folder / "swift"))
            places = make_buckets(swift, "soak")
        farm = closing.enter_context(
            FaultFarm(
                folder / "farm",
                workers=options.workers,
                reconcilers=2,
                places=places,
                REELFARM_STALL_S="8",
                REELFARM_MAX_ATTEMPTS="20",
                REELFARM_KEEP_GENERATIONS_S="5",
                REELFARM_ABANDONED_AFTER_S="30",  # longer than any fault lasts
            )
        )
        soak = Soak(farm, Shelf(folder / "sources"), options)
        broken = soak.go()
        sys.stdout.write(soak.summary(broken) + "\n")
        return 1 if any(broken.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
