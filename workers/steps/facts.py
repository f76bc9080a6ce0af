"""What a step's commands are built from besides its parameters: the same for `plan` and the step.

`reelfarm plan` fills it in with what steps are expected to leave, the step itself with what they
left; so both show and run the very same argv wherever nothing but running can tell it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from farm.command import Limits
from farm.devices import HeldDevice
from farm.facts import AudioTrack, TextTrack
from farm.mediainfo import MediaInfo
from farm.settings import Settings
from media.graphs.devices import CPU, Device


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known before a step runs; tracks are those among its inputs, in their order."""

    wanted: frozenset[str]  # the parts to make
    limits: Limits
    threads: int | None = None  # of each encoder and decoder; None: as many as they like
    device: Device = CPU
    node: HeldDevice | None = None  # the one the step was given, where it needs any
    source: MediaInfo | None = None  # None for steps that do not look at it
    audios: tuple[AudioTrack, ...] = ()
    texts: tuple[TextTrack, ...] = ()

    @property
    def media(self) -> MediaInfo:
        """Return what the source is made of; raise ValueError for a step without that input."""
        if self.source is None:
            raise ValueError("the step was planned without the source as its input")
        return self.source


def program_limits(settings: Settings) -> Limits:
    """Return how long programs on media may run, and stand still."""
    return Limits(wall_s=settings.wall_s, stall_s=settings.stall_s)


def spare_threads(cores: int) -> int | None:
    """Return the threads of each encoder where `cores` were granted, None for all there are.

    Nothing of what is encoded hangs on it: frames and key frames are the same.
    """
    return cores if cores < len(os.sched_getaffinity(0)) else None


def granted_threads(step_cores: float, worker_cores: int) -> int:
    """Return how many threads a step that can use so many cores may start on a worker."""
    return max(1, int(min(step_cores, worker_cores)))


def worker_cores(settings: Settings) -> int:
    """Return how many cores a worker on this machine gives out."""
    return settings.cores or os.cpu_count() or 1
