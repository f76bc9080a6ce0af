"""Reading what libvmaf and FFmpeg's ssim filter wrote into scores.

Percentiles are nearest-rank: p5 is the score of a real frame, which 5 % of the scored frames do
not exceed, so that a reviewer can look at it. The harmonic mean is libvmaf's,
1 / mean(1 / (x + 1)) - 1, which bears zeros and pulls towards bad frames.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from farm.scores import FrameScore, Stats
from media.graphs.scoring import NEIGHBOURS
from qc.frames import SCORE_DECIMALS

Frames = Mapping[int, FrameScore]  # by number

_SSIM = re.compile(r"^n:(\d+) Y:([\d.]+) ")


class UnreadableScores(ValueError):
    """The logs are not those of one complete scoring run."""


def read_whole(vmaf_log: str, ssim_log: Iterable[str], window: range, fps: Fraction) -> Frames:
    """Return the scores of frames in a row, all of which were scored.

    Raises UnreadableScores where a log is damaged or does not cover exactly those frames.
    """
    return _read(vmaf_log, ssim_log, window, range(len(window)), fps)


def read_sampled(vmaf_log: str, ssim_log: Iterable[str], samples: range, fps: Fraction) -> Frames:
    """Return the scores of single frames, scored amid their neighbours (media/graphs/scoring.py).

    Raises UnreadableScores where a log is damaged or does not cover exactly those frames.
    """
    numbers = range(0, NEIGHBOURS * (len(samples) + 1), NEIGHBOURS)
    return _read(vmaf_log, ssim_log, samples, numbers, fps)


def _read(
    vmaf_log: str, ssim_log: Iterable[str], frames: range, numbers: range, fps: Fraction
) -> Frames:
    """Return the scores of `frames`, the last ones of libvmaf's log, which counts `numbers`."""
    scored = _vmaf(vmaf_log)
    similarity = _ssim(ssim_log)
    if [number for number, _, _ in scored] != list(numbers) or len(similarity) != len(frames):
        raise UnreadableScores(
            f"{len(scored)} VMAF and {len(similarity)} SSIM scores, where"
            f" {len(numbers)} and {len(frames)} were asked for"
        )
    dummies = len(numbers) - len(frames)
    return {
        frame: FrameScore(
            frame=frame,
            time_s=round(float(frame / fps), 6),
            vmaf=round(vmaf, SCORE_DECIMALS),
            ssim=ssim,
            psnr=round(psnr, SCORE_DECIMALS),
        )
        for frame, (_, vmaf, psnr), ssim in zip(frames, scored[dummies:], similarity, strict=True)
    }


def stats(values: Sequence[float]) -> Stats:
    """Return mean, harmonic mean, nearest-rank percentiles and minimum, to three decimals."""
    ordered = sorted(values)
    return Stats(
        mean=round(mean(ordered), 3),
        harmonic_mean=round(harmonic_mean(ordered), 3),
        p1=percentile(ordered, 1),
        p5=percentile(ordered, 5),
        min=ordered[0],
    )


def harmonic_mean(values: Sequence[float]) -> float:
    """Return libvmaf's harmonic mean of values from 0 on."""
    return 1 / mean([1 / (value + 1) for value in values]) - 1


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


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
