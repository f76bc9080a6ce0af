"""Reading what libvmaf and FFmpeg's ssim filter wrote into scores.

Percentiles are nearest-rank: p5 is the score of a real frame, which 5 % of the scored frames do
not exceed, so that a reviewer can look at it. The harmonic mean is libvmaf's,
1 / mean(1 / (x + 1)) - 1, which bears zeros and pulls towards bad frames.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from farm.facts import FrameScore, Scores, Stats
from qc.frames import ScoredFrames, in_columns

_SSIM = re.compile(r"^n:(\d+) Y:([\d.]+) ")


class UnreadableScores(ValueError):
    """The logs are not those of one complete scoring run."""


def read_scores(
    vmaf_log: str,
    ssim_log: Iterable[str],
    *,
    rung: str,
    size: tuple[int, int],
    fps: Fraction,
    frames: int,
    subsample: int,
    model: str,
) -> tuple[Scores, ScoredFrames]:
    """Return the scores of a rendition of `frames` frames, every `subsample`-th one scored.

    Raises UnreadableScores where a log is damaged or does not cover exactly those frames.
    """
    scored = _vmaf(vmaf_log)
    similarity = _ssim(ssim_log)
    expected = list(range(0, frames, subsample))
    if [number for number, _, _ in scored] != expected or len(similarity) != len(expected):
        raise UnreadableScores(
            f"{rung}: {len(scored)} VMAF and {len(similarity)} SSIM scores for {frames} frames,"
            f" where every {subsample}. frame should have one ({len(expected)})"
        )
    values = in_columns(
        FrameScore(
            frame=number,
            time_s=round(float(number / fps), 6),
            vmaf=round(vmaf, 3),
            ssim=ssim,
            psnr=round(psnr, 3),
        )
        for (number, vmaf, psnr), ssim in zip(scored, similarity, strict=True)
    )
    scores = Scores(
        rung=rung,
        width=size[0],
        height=size[1],
        subsample=subsample,
        model=model,
        vmaf=stats([value.vmaf for value in values]),
        ssim=round(_mean([value.ssim for value in values]), 6),
        psnr=round(_mean([value.psnr for value in values]), 3),
    )
    return scores, values


def stats(values: Sequence[float]) -> Stats:
    """Return mean, harmonic mean, nearest-rank percentiles and minimum, to three decimals."""
    ordered = sorted(values)
    return Stats(
        mean=round(_mean(ordered), 3),
        harmonic_mean=round(harmonic_mean(ordered), 3),
        p1=percentile(ordered, 1),
        p5=percentile(ordered, 5),
        min=ordered[0],
    )


def harmonic_mean(values: Sequence[float]) -> float:
    """Return libvmaf's harmonic mean of values from 0 on."""
    return 1 / _mean([1 / (value + 1) for value in values]) - 1


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of ascending values."""
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]


def _vmaf(log: str) -> list[tuple[int, float, float]]:
    """Return frame, VMAF and luma PSNR of each scored frame."""
    try:
        return [
            (int(frame["frameNum"]), frame["metrics"]["vmaf"], frame["metrics"]["psnr_y"])
            for frame in json.loads(log)["frames"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableScores("the VMAF log is damaged") from error


def _ssim(lines: Iterable[str]) -> list[float]:
    found: list[float] = []
    for line in lines:
        match = _SSIM.match(line)
        if match is None or int(match[1]) != len(found) + 1:
            raise UnreadableScores(f"the SSIM log is damaged at {line.strip()[:60]!r}")
        found.append(float(match[2]))
    return found


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
