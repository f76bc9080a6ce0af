"""The tables of `bench.qc`: how far figures are off, how honest intervals are, what QC takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bench.qc_costs import MeasuringCost
from bench.qc_judged import FIGURES, JudgedRung
from qc.sampling.statistics import SampledStats

# Figure: how far it may be off, and on which share of the rungs it is to be no further.
GOALS = {
    "harmonic_mean": (0.5, 0.95),
    "p5": (1.5, 0.95),
    "min": (3.0, 0.90),
    "worst_window": (1.5, 0.95),
}
MIN_COVERED = 0.90
MAX_WIDTH = 1.0  # of harmonic means, in the median
MAX_SHARE = 0.12  # of the encode's CPU, of titles from LONG_S on
LONG_S = 180.0
MAX_MEMORY = 2 << 30
MOST_FRAMES = 120


@dataclass(frozen=True, slots=True)
class ContentCost:
    """What encoding and measuring a content took."""

    name: str
    duration_s: float
    encode_cpu_s: float
    measuring: MeasuringCost
    everything_cpu_s: float  # scoring every frame of every rung, a rung at a time

    @property
    def share(self) -> float:
        return self.measuring.cpu_s / self.encode_cpu_s

    @property
    def kept(self) -> bool:
        cheap = self.duration_s < LONG_S or self.share <= MAX_SHARE
        return cheap and self.measuring.peak_rss_bytes <= MAX_MEMORY


def errors(ways: Mapping[str, Sequence[JudgedRung]]) -> tuple[list[str], bool]:
    """Return the tables of all rungs, and whether sampling keeps its goals."""
    lines, good = [], True
    for way, rungs in ways.items():
        if not rungs:
            continue
        lines += [
            f"{way}: {len(rungs)} rungs, {fmean(r.scored for r in rungs):.0f} frames each",
            *_head(),
        ]
        names = list(dict.fromkeys(rung.content for rung in rungs))
        lines += [_line(name, [rung for rung in rungs if rung.content == name]) for name in names]
        lines += [_line("all", rungs)]
        if isinstance(rungs[0].told, SampledStats):
            lines += [_intervals(figure, rungs) for figure in FIGURES]
            verdicts = _verdicts(rungs)
            lines += [f"{what:<58}{'kept' if kept else 'MISSED'}" for what, kept in verdicts]
            good = all(kept for _, kept in verdicts)
        lines.append("")
    return lines, good


def _head() -> list[str]:
    figures = "".join(f"{figure + ', worst':>22}{'within':>8}" for figure in GOALS)
    return [f"{'':<16}{figures}{'frames':>8}"]


def _line(name: str, rungs: Sequence[JudgedRung]) -> str:
    cells = ""
    for figure, (limit, _) in GOALS.items():
        worst = max((rung.error(figure) for rung in rungs), key=abs)
        cells += f"{worst:>+22.2f}{_within(rungs, figure, limit):>8.0%}"
    return f"{name:<16}{cells}{max(rung.scored for rung in rungs):>8}"


def _within(rungs: Sequence[JudgedRung], figure: str, limit: float) -> float:
    return fmean(abs(rung.error(figure)) <= limit for rung in rungs)


def _intervals(figure: str, rungs: Sequence[JudgedRung]) -> str:
    covered = fmean(rung.covered(figure) for rung in rungs)
    width = median(rung.width(figure) for rung in rungs)
    return f"95 % interval of {figure:<16} covers {covered:>5.0%}, median width {width:.2f}"


def _verdicts(rungs: Sequence[JudgedRung]) -> list[tuple[str, bool]]:
    found = [
        (f"{figure} within {limit:g} on {share:.0%}", _within(rungs, figure, limit) >= share)
        for figure, (limit, share) in GOALS.items()
    ]
    covered = min(fmean(rung.covered(figure) for rung in rungs) for figure in FIGURES)
    width = median(rung.width("harmonic_mean") for rung in rungs)
    most = max(rung.scored for rung in rungs)
    return [
        *found,
        (f"every interval covers {MIN_COVERED:.0%}: {covered:.0%}", covered >= MIN_COVERED),
        (f"harmonic mean's narrower than {MAX_WIDTH:g}: {width:.2f}", width < MAX_WIDTH),
        (f"at most {MOST_FRAMES} frames of a rung: {most}", most <= MOST_FRAMES),
    ]


def costs(spent: Sequence[ContentCost]) -> tuple[list[str], bool]:
    """Return the table of what measuring took beside the encode, and whether it keeps its goals."""
    if not spent:
        return [], True
    head = f"{'':<16}{'encode':>12}{'measuring':>12}{'share':>8}{'everything':>12}{'share':>8}"
    lines = [
        f"{cost.name:<16}{cost.encode_cpu_s:>10.1f} s{cost.measuring.cpu_s:>10.1f} s"
        f"{cost.share:>8.1%}{cost.everything_cpu_s:>10.1f} s"
        f"{cost.everything_cpu_s / cost.encode_cpu_s:>8.1%}"
        f"{cost.measuring.peak_rss_bytes / 2**20:>8.0f} MiB  {'kept' if cost.kept else 'MISSED'}"
        for cost in spent
    ]
    limit = f"limits: {MAX_SHARE:.0%} from {LONG_S:g} s on, {MAX_MEMORY >> 30} GiB"
    return ["CPU", head, *lines, limit], all(cost.kept for cost in spent)
