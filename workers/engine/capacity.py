"""What of a worker process is free: cores and memory, given out to steps as they are claimed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from farm.devices import DeviceReport
from farm.plan import Resource
from farm.settings import Settings
from storage.postgres.admission import LIGHT_BELOW_CORES, SPARE_CORES, Room
from storage.postgres.claims import Claim
from workers.steps.facts import granted_threads, worker_cores

NO_ROOM_S = 1.0  # how long a worker without room for what waits leaves wake-ups to others


class Closed(Enum):
    """Why a worker takes no work."""

    TOLD_TO_STOP = auto()
    WRONG_TIME = auto()


@dataclass(frozen=True, slots=True)
class Grant:
    """What a step takes of a worker while it runs, and how many threads it may use."""

    cores: float
    memory_bytes: int
    threads: int


class Capacity:
    """A worker's cores and memory; `asking` keeps two threads from giving out the same ones."""

    def __init__(self, settings: Settings, devices: Sequence[DeviceReport] = ()) -> None:
        self.device_keys = tuple(device.key for device in devices)
        self.encoding_devices = tuple(device.key for device in devices if device.encodes)
        self.decoding_devices = tuple(device.key for device in devices if device.only_decodes)
        self.resources = served(settings, bool(self.encoding_devices))
        self.cores = worker_cores(settings)
        self.memory_bytes = settings.memory_bytes or _memory_of_this_machine()
        self.asking = threading.Lock()
        self._given: list[Grant] = []
        self._no_room_until = 0.0
        self._will_ask = False
        self._closed: set[Closed] = set()

    def room(self) -> Room:
        """Return what can be claimed now."""
        given = list(self._given)
        light = sum(grant.cores for grant in given if grant.cores < LIGHT_BELOW_CORES)
        spare_cores = self.cores - sum(grant.cores for grant in given)
        return Room(
            resources=self.resources,
            cores=self.cores,
            memory_bytes=self.memory_bytes,
            spare_cores=spare_cores + min(light, SPARE_CORES),
            spare_for_light=spare_cores + SPARE_CORES,
            spare_memory_bytes=self.memory_bytes - sum(grant.memory_bytes for grant in given),
            idle=not given,
        )

    def grant(self, claim: Claim) -> Grant:
        """Give a claimed step its share: everything there is where it is isolated."""
        cores = min(claim.cores, self.cores)
        grant = Grant(
            cores=self.cores + SPARE_CORES if claim.isolated else cores,
            memory_bytes=min(claim.memory_bytes, self.memory_bytes),
            threads=granted_threads(claim.cores, self.cores),
        )
        self._given.append(grant)
        return grant

    @contextmanager
    def held(self, grant: Grant) -> Iterator[None]:
        """Keep a grant until the block ends."""
        try:
            yield
        finally:
            self._given.remove(grant)
            if not self._given:
                self._no_room_until = 0.0

    @property
    def takes_work(self) -> bool:
        """Return whether anything may be claimed at all."""
        return not self._closed

    def close(self, why: Closed) -> None:
        """Give nothing more out, and leave wake-ups to others."""
        self._closed.add(why)

    def reopen(self, why: Closed) -> None:
        """Note that `why` is over."""
        self._closed.discard(why)

    def has_no_room(self) -> None:
        """Note that something waits which does not fit: for a moment wake-ups are for others."""
        self._no_room_until = time.monotonic() + NO_ROOM_S

    def will_ask(self, whether: bool) -> None:
        """Note whether a thread is about to ask for more work: it needs no wake-up for that."""
        self._will_ask = whether

    def wants_wakeups(self) -> bool:
        """Return whether a wake-up could be of use here."""
        elsewhere = self._will_ask or time.monotonic() < self._no_room_until
        return not elsewhere and not self.is_full()

    def idle_soon(self) -> bool:
        """Return whether anything will be taken once the one step that runs has ended."""
        return self.takes_work and len(self._given) <= 1

    def is_full(self) -> bool:
        """Return whether not even a light step is taken."""
        return not self.takes_work or self.room().spare_for_light <= 0


def served(settings: Settings, has_devices: bool) -> tuple[Resource, ...]:
    """Return the classes a worker takes steps of: gpu follows from its devices, not from wishes.

    Of a worker that is to encode (cpu, or gpu by name), and of no other.
    """
    asked = settings.resources
    others = tuple(each for each in asked if each != Resource.GPU)
    encodes = Resource.GPU in asked or Resource.CPU in asked
    return (*others, Resource.GPU) if has_devices and encodes else others


def _memory_of_this_machine() -> int:
    """Return the memory this process may use: the machine's, or its control group's if less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")  # cgroup v2, in a container
    if limit.exists() and (text := limit.read_text().strip()).isdigit():
        return min(total, int(text))
    return total
