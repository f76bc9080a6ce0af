"""The tables of `make bdrate`: BD-rates, predictions, the way to the hull, CPU, with verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.bdrate_clips import BenchClip
from bench.exhaustive import hull
from bench.ladder_runs import TITLE_S, Candidate, Outcome
from farm.trials import QualityMetric
from ladders.bjontegaard import RateScore, bd_rate

GOALS = {  # per cent of the anchor's bits, on average over the clips
    Candidate("per-title", "h264"): -25.0,
    Candidate("per-shot", "h264"): -30.0,
    Candidate("per-title", "hevc"): -40.0,
    Candidate("per-title", "av1"): -50.0,
}
WORST_PERCENT = 1.0  # of any clip, by a policy that has a goal
MAX_FROM_HULL_PERCENT = 2.0
MAX_ANALYSIS_SHARE = 0.10
MAX_ERROR_VMAF, MIN_WITHIN = 1.0, 0.95
MAX_SHOT_PERCENT = 0.5  # per-shot is never dearer than per-title, but for noise
WHOLE_LADDER_LINES = 720  # below it few rungs fit, and analysis is dear beside them

Outcomes = Mapping[Candidate, Outcome]


@dataclass(frozen=True, slots=True)
class ClipResult:
    """A clip by the anchor and by every candidate; what trying everything found, where tried."""

    clip: BenchClip
    anchor: Outcome
    outcomes: Outcomes
    everything: tuple[RateScore, ...] = ()

    @property
    def hull_percent(self) -> float | None:
        """Return the BD-rate of the hull of everything against the anchor."""
        found = bd_rate(self.anchor.bare, hull(self.everything))
        return None if found is None else found.percent

    def percent(self, candidate: Candidate, metric: QualityMetric) -> float | None:
        """Return the BD-rate of a candidate against the anchor, None where nothing is shared."""
        found = bd_rate(self.anchor.rated(metric), self.outcomes[candidate].rated(metric))
        return None if found is None else found.percent


def bd_rates(
    results: Sequence[ClipResult], candidates: Sequence[Candidate], metric: QualityMetric
) -> tuple[list[str], bool]:
    """Return the table of BD-rates by a metric, and whether all goals are kept.

    It is empty where there is no candidate.
    """
    if not candidates:
        return [], True
    columns = {each: [result.percent(each, metric) for result in results] for each in candidates}
    lines = [_line(metric, "", "", [each.label for each in candidates])]
    for number, result in enumerate(results):
        cells = [_signed(columns[each][number]) for each in candidates]
        lines.append(_line(result.clip.name, result.clip.kind, result.clip.origin, cells))
    known = {each: [x for x in column if x is not None] for each, column in columns.items()}
    means = {each: fmean(column) if column else None for each, column in known.items()}
    worst = {each: max(column) if column else None for each, column in known.items()}
    lines.append(_line("mean", "", "", [_signed(means[each]) for each in candidates]))
    lines.append(_line("worst title", "", "", [_signed(worst[each]) for each in candidates]))
    goals = [_goal(means[each], GOALS.get(each)) for each in candidates]
    limits = [_goal(worst[each], WORST_PERCENT if each in GOALS else None) for each in candidates]
    lines.append(_line("goal", "mean", "", goals))
    lines.append(_line("", "worst title", "", limits))
    return lines, not any(cell.startswith("MISSED") for cell in (*goals, *limits))


def shots(results: Sequence[ClipResult]) -> tuple[list[str], bool]:
    """Return what per-shot takes above per-title on its worst clip; nothing where either lacks."""
    lines, kept = [], True
    for codec in ("h264", "hevc", "av1"):
        title, shot = Candidate("per-title", codec), Candidate("per-shot", codec)
        found = [
            (percent.percent, result.clip.name)
            for result in results
            if title in result.outcomes and shot in result.outcomes
            if (percent := bd_rate(result.outcomes[title].rungs, result.outcomes[shot].rungs))
        ]
        if found:
            worst, name = max(found)
            kept = kept and worst <= MAX_SHOT_PERCENT
            lines.append(
                f"{shot.label:<20}above per-title on its worst clip ({name}): {_signed(worst)}"
                f", <= {MAX_SHOT_PERCENT:+g} %: {_verdict(worst <= MAX_SHOT_PERCENT)}"
            )
    return lines, kept


def cpu(results: Sequence[ClipResult], anchor: str) -> tuple[list[str], bool]:
    """Return CPU seconds of every clip and ladder, and whether analysis stays within its limit."""
    lines = [f"{'CPU s':<14}{'ladder':<20}{'encode':>9}{'analysis':>9}{'all':>9}  at 10 min"]
    shares: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        by_label = {anchor: result.anchor, **{c.label: o for c, o in result.outcomes.items()}}
        for label, found in by_label.items():
            analysis, encode = at_title_length(found)
            lines.append(
                f"{result.clip.name:<14}{label:<20}{found.encode_cpu_s:>9.1f}"
                f"{found.passes_cpu_s + found.probes_cpu_s:>9.1f}{found.all_cpu_s:>9.1f}"
                f"{analysis / encode:>10.1%}"
            )
            if min(found.top) >= WHOLE_LADDER_LINES:
                shares.setdefault(label, []).append((analysis, encode))
    kept = True
    for label, pairs in shares.items():
        share = sum(analysis for analysis, _ in pairs) / sum(encode for _, encode in pairs)
        kept = kept and share <= MAX_ANALYSIS_SHARE
        verdict = _verdict(share <= MAX_ANALYSIS_SHARE)
        said = f"{share:.1%} of the encode's at 10 min, <= {MAX_ANALYSIS_SHARE:.0%}: {verdict}"
        lines.append(f"{'720p and more':<14}{label:<20}analysis {said}")
    return lines, kept


def at_title_length(found: Outcome) -> tuple[float, float]:
    """Return the CPU seconds of analysis and of encoding that ten minutes would take.

    Passes over the title and encodes grow with it, trials as the windows do.
    """
    longer = TITLE_S / found.duration_s
    analysis = longer * found.passes_cpu_s + found.more_windows * found.probes_cpu_s
    return analysis, longer * found.encode_cpu_s


def predictions(results: Sequence[ClipResult]) -> tuple[list[str], bool]:
    """Return how near predicted VMAF came to what was measured; nothing where none predicts."""
    lines, kept = [], True
    for candidate in dict.fromkeys(each for result in results for each in result.outcomes):
        errors = [
            (measured - predicted, f"{result.clip.name} {rung}: {predicted:.1f}, {measured:.1f}")
            for result in results
            for rung, predicted, measured in result.outcomes[candidate].predictions
        ]
        if not errors:
            continue
        within = sum(abs(error) <= MAX_ERROR_VMAF for error, _ in errors) / len(errors)
        error, which = max(errors, key=lambda pair: abs(pair[0]))
        kept = kept and within >= MIN_WITHIN
        lines.append(
            f"{candidate.label:<20}{within:.0%} of {len(errors)} rungs within {MAX_ERROR_VMAF:g}"
            f" VMAF of what was predicted, >= {MIN_WITHIN:.0%}: {_verdict(within >= MIN_WITHIN)};"
            f" worst {error:+.2f} ({which})"
        )
    return lines, kept


def from_hull(results: Sequence[ClipResult]) -> tuple[list[str], bool]:
    """Return how far per-title is from the exhaustive hull; nothing where none was looked for."""
    lines, kept = [], True
    for result in results:
        if not result.everything:
            continue
        best = hull(result.everything)
        lines.append(
            f"{result.clip.name:<14}the hull of {len(result.everything)} encodes against the"
            f" anchor: {_signed(result.hull_percent)}"
        )
        ours = result.outcomes.get(Candidate("per-title", "h264"))
        found = ours and bd_rate(best, ours.bare)
        if found:
            near = found.percent <= MAX_FROM_HULL_PERCENT
            kept = kept and near
            lines.append(
                f"{'':<14}per-title h264 above the hull: {_signed(found.percent)}"
                f", <= {MAX_FROM_HULL_PERCENT:g} %: {_verdict(near)}"
            )
    return lines, kept


def _goal(percent: float | None, limit: float | None) -> str:
    if limit is None or percent is None:
        return ""
    return f"{_verdict(percent <= limit)} {limit:+.0f}"


def _verdict(kept: bool) -> str:
    return "kept" if kept else "MISSED"


def _signed(percent: float | None) -> str:
    return "-" if percent is None else f"{percent:+.1f} %"


def _line(name: str, kind: str, origin: str, cells: Sequence[str]) -> str:
    shown = "".join(f"{cell:>17}" for cell in cells)
    return f"{name:<12}{kind:<28}{origin:<8}{shown}".rstrip()
