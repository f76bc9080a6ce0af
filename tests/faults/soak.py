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
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from farm.errors import StorageUnavailable
from farm.spec import JobSpec
from farm.states import ENDED_JOB, JobState
from tests.faults import history, invariants
from tests.faults.farm import FaultFarm
from tests.faults.nemesis import Nemesis
from tests.faults.servers import make_buckets
from tests.faults.titles import CLIPS, Clip, Shelf, quick_spec
from tests.swift import swift_server

TENANTS = ("north", "south", "east")
AT_ONCE = 3  # unfinished jobs: more would only wait
AGAIN = 0.15  # the share of titles that are handed in once more, same source and asset
END_WITHIN_S = 600.0
TICK_S = 0.1
QUARANTINED_AFTER = 3  # lost leases, all of them the nemesis's


@dataclass(slots=True)
class Workload:
    """What was handed in: the clip behind each job, and the request of each."""

    clips: dict[str, Clip] = field(default_factory=dict)
    specs: dict[str, JobSpec] = field(default_factory=dict)


class Soak:
    """One run; `go` returns the broken invariants."""

    def __init__(self, farm: FaultFarm, shelf: Shelf, options: argparse.Namespace) -> None:
        self._farm = farm
        self._shelf = shelf
        self._options = options
        self._rng = Random(options.seed)
        self._started = time.monotonic()
        self.nemesis = Nemesis(farm, Random(options.seed + 1))
        self.work = Workload()
        self.expected: dict[str, dict[str, Any]] = {}
        self.quarantined: list[str] = []

    def go(self) -> list[str]:
        """Run the workload under faults, then heal, wait and check."""
        self._learn()
        self._disturb()
        self._say("healing")
        self.nemesis.heal_all()
        self._wait()
        self._hand_in_again()
        self._wait()
        return self._check()

    def _learn(self) -> None:
        """Make each clip once in peace: that is what all others have to become."""
        for clip in CLIPS:
            job_id = self._hand_in(clip)
            assert job_id is not None
            state = self._farm.wait_for_end(job_id)
            assert state == JobState.PUBLISHED, f"undisturbed, {clip.name} ended {state}"
            self.expected[clip.name] = invariants.essence(self._farm.record(job_id))
            self._say(f"undisturbed {clip.name}: {state}")

    def _disturb(self) -> None:
        began = time.monotonic()
        until = began + 60 * self._options.minutes
        pause_s = 60 * self._options.minutes / (self._options.faults + 1)
        next_fault = began + pause_s / 2
        while (now := time.monotonic()) < until or len(self.work.clips) < self._titles_wanted:
            self.nemesis.tend()
            if now >= next_fault and (struck := self.nemesis.strike()):
                next_fault = now + self._rng.uniform(0.3, 1.2) * pause_s
                self._say(struck)
            if self._open_jobs() < AT_ONCE:
                self._hand_in_something()
            time.sleep(TICK_S)

    @property
    def _titles_wanted(self) -> int:
        return int(self._options.titles) + len(CLIPS)

    def _hand_in_something(self) -> None:
        if self.work.specs and self._rng.random() < AGAIN:
            job_id = self._rng.choice(sorted(self.work.specs))
            self._submit(self.work.specs[job_id], self.work.clips[job_id])
        else:
            self._hand_in(self._rng.choice(CLIPS))

    def _hand_in(self, clip: Clip) -> str | None:
        spec = quick_spec(
            self._shelf.copy(clip),
            self._farm.places.origin,
            asset=f"title-{len(self.work.clips)}",
            tenant=self._rng.choice(TENANTS),
        )
        return self._submit(spec, clip)

    def _submit(self, spec: JobSpec, clip: Clip) -> str | None:
        try:
            job_id = self._farm.submit(spec)
        except StorageUnavailable:  # not accepted: PostgreSQL is away
            return None
        self.work.clips[job_id], self.work.specs[job_id] = clip, spec
        return job_id

    def _open_jobs(self) -> int:
        try:
            return len(invariants.unended_jobs(self._farm))
        except StorageUnavailable:
            return AT_ONCE

    def _wait(self) -> None:
        deadline = time.monotonic() + END_WITHIN_S
        while self._open_jobs() and time.monotonic() < deadline:
            self.nemesis.tend()
            time.sleep(TICK_S)

    def _hand_in_again(self) -> None:
        """Do as people do with a title of which a step lost three workers: try once more."""
        for job_id in list(self.work.clips):
            if self._is_quarantined(job_id):
                self.quarantined.append(job_id)
                self._submit(self.work.specs[job_id], self.work.clips[job_id])

    def _is_quarantined(self, job_id: str) -> bool:
        if self._farm.job_state(job_id) != JobState.FAILED:
            return False
        error = self._farm.record(job_id)["error"]
        step = self._farm.step(job_id, error["step"])
        return error["code"] == "quarantined" and step.lost_leases == QUARANTINED_AFTER

    def _check(self) -> list[str]:
        unended = [line for line in map(self._lost, self.work.clips) if line]
        found = invariants.broken(self._farm)
        wrong = [line for line in map(self._different, self.work.clips) if line]
        return [*self.nemesis.complaints, *unended, *found, *wrong]

    def _lost(self, job_id: str) -> str | None:
        state = self._farm.job_state(job_id)
        return None if state in ENDED_JOB else f"job {job_id} was accepted and is {state}"

    def _different(self, job_id: str) -> str | None:
        state = self._farm.job_state(job_id)
        if state == JobState.CANCELLED or job_id in self.quarantined:
            return None
        record = self._farm.record(job_id)
        if state != JobState.PUBLISHED:
            return f"job {job_id} ended {state}: {record['error']}"
        made = invariants.essence(record)
        wanted = self.expected[self.work.clips[job_id].name]
        return None if made == wanted else f"job {job_id} became {made}, not {wanted}"

    def summary(self, broken: list[str]) -> str:
        """Return what was done and seen, for a person."""
        states = [self._farm.job_state(job_id) for job_id in self.work.clips]
        completed = sum(
            change.new == "DONE" for change in history.step_changes(self._farm.database)
        )
        lines = [
            f"seed {self._options.seed}, {time.monotonic() - self._started:.0f} s",
            f"titles {len(states)}: " + _counted(states),
            f"steps completed {completed}, leases lost"
            f" {sum(step.lost_leases for step in self._farm.steps())}",
            f"faults {self.nemesis.inflicted.total()}: "
            + _counted(self.nemesis.inflicted.elements()),
            f"quarantined, and handed in again: {len(self.quarantined)}",
            "failpoints hit: " + (_counted(self.nemesis.hit) or "none"),
            f"broken invariants {len(broken)}",
            *(f"  {line}" for line in broken),
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
    parser.add_argument("--folder", type=Path, help="keep everything there")
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
        return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
