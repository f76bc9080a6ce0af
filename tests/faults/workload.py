"""What a soak hands in: titles of several tenants, some twice, and what each must become."""

from __future__ import annotations

from random import Random
from typing import Any

from farm.errors import StorageUnavailable
from farm.spec import JobSpec
from farm.states import JobState
from tests.faults import invariants
from tests.faults.farm import FaultFarm
from tests.faults.titles import CLIPS, Clip, Shelf, quick_spec

TENANTS = ("north", "south", "east")
AT_ONCE = 3  # unfinished jobs: more would only wait
AGAIN = 0.15  # the share of titles that are handed in once more, same source and asset
QUARANTINED_AFTER = 3  # lost leases, all of them the nemesis's


class Workload:
    """Hands titles in at a farm, and knows of every accepted job what was asked for."""

    def __init__(self, farm: FaultFarm, shelf: Shelf, seed: int) -> None:
        self._farm = farm
        self._shelf = shelf
        self._rng = Random(seed)
        self._clips: dict[str, Clip] = {}
        self._specs: dict[str, JobSpec] = {}
        self._expected: dict[str, dict[str, Any]] = {}
        self.quarantined: list[str] = []  # and handed in again

    @property
    def accepted(self) -> list[str]:
        """Return every job that PostgreSQL said yes to."""
        return list(self._specs)

    def learn(self) -> None:
        """Make each clip once in peace: that is what all others have to become."""
        for clip in CLIPS:
            job_id = self._hand_in(clip)
            assert job_id is not None
            state = self._farm.wait_for_end(job_id)
            assert state == JobState.PUBLISHED, f"undisturbed, {clip.name} ended {state}"
            self._expected[clip.name] = invariants.essence(self._farm.record(job_id))

    def keep_going(self) -> None:
        """Hand in one more title, if the farm has little left to do."""
        if self.unended() >= AT_ONCE:
            return
        if self._specs and self._rng.random() < AGAIN:
            job_id = self._rng.choice(self.accepted)
            self._submit(self._specs[job_id], self._clips[job_id])
        else:
            self._hand_in(self._rng.choice(CLIPS))

    def unended(self) -> int:
        """Return how many jobs have not ended, many where PostgreSQL does not say."""
        try:
            return len(invariants.unended_jobs(self._farm))
        except StorageUnavailable:
            return AT_ONCE

    def hand_in_again(self) -> None:
        """Do as people do with a title of which a step lost three workers: try once more."""
        for job_id in self.accepted:
            if self._is_quarantined(job_id):
                self.quarantined.append(job_id)
                self._submit(self._specs[job_id], self._clips[job_id])

    def different(self) -> list[str]:
        """Return the jobs that did not become what they had to, in words."""
        return [line for line in map(self._different, self.accepted) if line]

    def _different(self, job_id: str) -> str | None:
        state = self._farm.job_state(job_id)
        if state == JobState.CANCELLED or job_id in self.quarantined:
            return None
        record = self._farm.record(job_id)
        if state not in (JobState.PUBLISHED, JobState.SUPERSEDED):  # of what was handed in again
            return f"job {job_id} ended {state}: {record['error']}"
        made, wanted = invariants.essence(record), self._expected[self._clips[job_id].name]
        return None if made == wanted else f"job {job_id} became {made}, not {wanted}"

    def _is_quarantined(self, job_id: str) -> bool:
        if self._farm.job_state(job_id) != JobState.FAILED:
            return False
        error = self._farm.record(job_id)["error"]
        step = self._farm.step(job_id, error["step"])
        return error["code"] == "quarantined" and step.lost_leases == QUARANTINED_AFTER

    def _hand_in(self, clip: Clip) -> str | None:
        spec = quick_spec(
            self._shelf.copy(clip),
            self._farm.places.origin,
            asset=f"title-{len(self._specs)}",
            tenant=self._rng.choice(TENANTS),
        )
        return self._submit(spec, clip)

    def _submit(self, spec: JobSpec, clip: Clip) -> str | None:
        try:
            job_id = self._farm.submit(spec)
        except StorageUnavailable:  # not accepted: PostgreSQL is away
            return None
        self._clips[job_id], self._specs[job_id] = clip, spec
        return job_id
