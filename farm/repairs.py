"""Repairs: scenes of a rendition that were encoded once more, since they looked too bad."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from farm.ladder import Chunk

FIGURES = ("harmonic_mean", "p5", "p1", "min", "worst_window")


@dataclass(frozen=True, slots=True)
class Patch:
    """Whole GOPs of a rendition that are encoded once more, and lie above what was there.

    The chunk's number goes on where those of the title's chunks end.
    """

    chunk: Chunk
    start_s: Fraction
    end_s: Fraction
    crf: float  # before; where CRFs differ from shot to shot, their rung's
    new_crf: float
    low: float  # VMAF before, of nearly the worst frame: the worst may be alone


@dataclass(frozen=True, slots=True)
class Repair:
    """What a rendition scored before its patches, VMAF v0.6.1, and those."""

    harmonic_mean: float
    p5: float
    p1: float
    min: float
    patches: tuple[Patch, ...]
    worst_window: float | None = None  # older ones do not have it


def patches_of(repairs: tuple[Repair, ...]) -> tuple[Patch, ...]:
    """Return all patches, those of the last repair last: they lie above the others."""
    return tuple(patch for repair in repairs for patch in repair.patches)


def repair_record(repair: Repair) -> dict[str, Any]:
    """Return a repair as records and events tell it: the scores before it, where, and how."""
    return {
        "vmaf": {name: getattr(repair, name) for name in FIGURES},
        "patches": [
            {
                "start_s": float(patch.start_s),
                "end_s": float(patch.end_s),
                "low": patch.low,
                "crf": patch.crf,
                "new_crf": patch.new_crf,
            }
            for patch in repair.patches
        ],
    }
