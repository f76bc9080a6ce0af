"""Which scenes of a rendition are to be encoded again, since a threshold is missed there. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from farm.checks import severity_of
from farm.facts import Check
from farm.ladder import Rung
from farm.scores import Stats
from farm.spec import QcPolicy
from farm.spec.policy import THRESHOLDS
from qc.frames import ScoredFrames
from qc.scores import percentile

MOST_SHARE = Fraction(1, 2)  # of a title: what is bad all over wants another ladder
LONE_PERCENT = 10
RULES = {name: f"vmaf-{name.replace('_', '-')}" for name in THRESHOLDS}


@dataclass(frozen=True, slots=True)
class LowScene:
    """Whole GOPs of a rendition, counted in its own frames, and how low it scores there."""

    start_frame: int
    frames: int
    low: float  # but for a tenth, no score below the threshold is lower: that may be a lone frame


def missed_threshold(policy: QcPolicy, vmaf: Stats) -> float | None:
    """Return the highest threshold of the best rung that its scores miss, None where none is.

    One that the policy only warns of is no reason to encode anything again.
    """
    missed = []
    for name, rule in RULES.items():
        asked = (getattr(policy, name), getattr(policy.review, name))
        wanted = max((each for each in asked if each is not None), default=0.0)
        value = getattr(vmaf, name.removeprefix("top_"))  # None: of an older part
        if value is not None and value < wanted and severity_of(rule, policy.checks) != "warn":
            missed.append(wanted)
    return max(missed, default=None)


def rejected_anyway(checks: Sequence[Check]) -> bool:
    """Return whether a title fails for something that more bits do not mend."""
    return any(check.outcome == "fail" and check.rule not in RULES.values() for check in checks)


def low_scenes(
    rung: Rung, scored: ScoredFrames, frames: int, scene_cuts_s: Sequence[float], least: float
) -> tuple[LowScene, ...]:
    """Return the scenes of a rendition of so many frames in which scores are below `least`.

    A frame below it speaks for those around it, as far as the next frames that were scored or the
    next cuts. None where that is more than MOST_SHARE of the title.
    """
    starts = sorted({0, *(round(cut_s * rung.fps) for cut_s in scene_cuts_s)})
    low: dict[int, list[float]] = {}
    for number, (frame, vmaf) in enumerate(zip(scored.frame, scored.vmaf, strict=True)):
        if vmaf < least:
            scene = bisect_right(starts, frame)
            first = max(starts[scene - 1], scored.frame[number - 1] + 1 if number else 0)
            ends = (frames, *starts[scene : scene + 1], *scored.frame[number + 1 : number + 2])
            for gop in range(first // rung.gop_frames, (min(ends) - 1) // rung.gop_frames + 1):
                low.setdefault(gop, []).append(vmaf)
    scenes = tuple(_joined(low, rung.gop_frames, frames))
    return scenes if sum(scene.frames for scene in scenes) <= MOST_SHARE * frames else ()


def _joined(low: Mapping[int, list[float]], gop_frames: int, frames: int) -> Iterator[LowScene]:
    """Yield neighbouring GOPs, each with its low scores, as one scene."""
    runs: list[list[int]] = []
    for gop in sorted(low):
        if runs and gop == runs[-1][-1] + 1:
            runs[-1].append(gop)
        else:
            runs.append([gop])
    for run in runs:
        start, end = run[0] * gop_frames, min(frames, (run[-1] + 1) * gop_frames)
        scores = sorted(score for gop in run for score in low[gop])
        yield LowScene(start, end - start, percentile(scores, LONE_PERCENT))
