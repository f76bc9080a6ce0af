"""Scenes that were encoded again since they missed a threshold: before and after, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from farm.repairs import FIGURES
from qc.report.words import clock, score


@dataclass(frozen=True, slots=True)
class ToldRepair:
    """One repair of a rung: where it was encoded again, how, and what it scored."""

    rung: str
    where: str  # "0:05.00 to 0:08.00"
    crf: str  # "36 → 29.25"
    harmonic_mean: str  # "61.2 → 78.1"
    p5: str
    p1: str
    lowest: str
    worst_window: str


def repairs_told(
    rung: str, repaired: Sequence[Mapping[str, Any]], vmaf: Mapping[str, float | None] | None
) -> list[ToldRepair]:
    """Return the repairs of a rung, as its record has them; `vmaf` is what it scores now."""
    scores = [*(each["vmaf"] for each in repaired), vmaf]
    return [
        ToldRepair(
            rung,
            ", ".join(_where(patch) for patch in each["patches"]),
            ", ".join(dict.fromkeys(f"{p['crf']:g} → {p['new_crf']:g}" for p in each["patches"])),
            *(_change(each["vmaf"], scores[number], name) for name in FIGURES),
        )
        for number, each in enumerate(repaired, 1)
    ]


def _where(patch: Mapping[str, Any]) -> str:
    return f"{clock(patch['start_s'])} to {clock(patch['end_s'])}"


def _change(
    before: Mapping[str, float | None], after: Mapping[str, float | None] | None, name: str
) -> str:
    return f"{_shown(before, name)} → {_shown(after or {}, name)}"


def _shown(vmaf: Mapping[str, float | None], name: str) -> str:
    value = vmaf.get(name)
    return "–" if value is None else score(value)
