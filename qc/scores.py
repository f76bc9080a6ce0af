"""Reading what libvmaf and FFmpeg's filters ssim and xpsnr wrote into scores.

Percentiles are nearest-rank: p5 is the score of a real frame, which 5 % of the scored frames do
not exceed, so that a reviewer can look at it. The harmonic mean is libvmaf's,
1 / mean(1 / (x + 1)) - 1, which bears zeros and pulls towards bad frames.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from farm.found import Span
from farm.scores import Banding, FrameScore, Stats
from media.graphs.scoring import NEIGHBOURS
from qc.frames import BESIDE, SCORE_DECIMALS

Frames = Mapping[int, FrameScore]  # by number

MOST_DB = 60.0  # of XPSNR, which is infinite where nothing differs; of PSNR libvmaf says as much
SHOWN_BANDING = 8
LEAST_BANDING = 1.0  # CAMBI above the source's: less nobody sees
WORST_BANDING = 95  # percentile of what CAMBI is above the source's

_SSIM = re.compile(r"^n:(\d+) Y:([\d.]+) ")
_XPSNR = re.compile(r"^n: *(\d+)  XPSNR y: *([\d.]+|inf) ")


# What libvmaf calls them; those of `BESIDE` are there where they were asked for.
_METRICS = {
    "vmaf": "vmaf",
    "psnr": "psnr_y",
    "cambi": "cambi",
    "cambi_added": "cambi_full_reference",
}


class UnreadableScores(ValueError):
    """The logs are not those of one complete scoring run."""


@dataclass(frozen=True, slots=True)
class ScoreLogs:
    """What was written of a rendition: libvmaf's log, lines of the others; None: not asked for."""

    vmaf: str
    ssim: Iterable[str]
    xpsnr: Iterable[str] | None = None


def read_whole(logs: ScoreLogs, window: range, fps: Fraction) -> Frames:
    """Return the scores of frames in a row, all of which were scored.

    Raises UnreadableScores where a log is damaged or does not cover exactly those frames.
    """
    return _read(logs, window, range(len(window)), fps)


def read_sampled(logs: ScoreLogs, samples: range, fps: Fraction) -> Frames:
    """Return the scores of single frames, scored amid their neighbours (media/graphs/scoring.py).

    Raises UnreadableScores where a log is damaged or does not cover exactly those frames.
    """
    numbers = range(0, NEIGHBOURS * (len(samples) + 1), NEIGHBOURS)
    return _read(logs, samples, numbers, fps)


def _read(logs: ScoreLogs, frames: range, numbers: range, fps: Fraction) -> Frames:
    """Return the scores of `frames`, the last ones of libvmaf's log, which counts `numbers`."""
    scored = _vmaf(logs.vmaf)
    similarity = _ssim(logs.ssim)
    if [number for number, _ in scored] != list(numbers) or len(similarity) != len(frames):
        raise UnreadableScores(
            f"{len(scored)} VMAF and {len(similarity)} SSIM scores, where"
            f" {len(numbers)} and {len(frames)} were asked for"
        )
    weighted = _xpsnr(logs.xpsnr, numbers) if logs.xpsnr is not None else [None] * len(numbers)
    dummies = len(numbers) - len(frames)
    rows = zip(frames, scored[dummies:], similarity, weighted[dummies:], strict=True)
    return {
        frame: FrameScore(
            frame=frame,
            time_s=round(float(frame / fps), 6),
            ssim=ssim,
            xpsnr=xpsnr,
            **{name: round(value, SCORE_DECIMALS) for name, value in metrics.items()},
        )
        for frame, (_, metrics), ssim, xpsnr in rows
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


def mean_xpsnr(frames: Iterable[FrameScore]) -> float | None:
    """Return the mean XPSNR in dB, None where it was not asked for."""
    values = [each.xpsnr for each in frames if each.xpsnr is not None]
    return round(mean(values), 3) if values else None


def banding(frames: Iterable[FrameScore], fps: Fraction) -> Banding | None:
    """Return what CAMBI says of the scored frames, None where it was not asked for."""
    seen = [
        (each.cambi_added, each.time_s, each.cambi)
        for each in frames
        if each.cambi is not None and each.cambi_added is not None
    ]
    if not seen:
        return None
    order = sorted(seen, reverse=True)
    worst = [
        Span(time_s, round(time_s + float(1 / fps), 6))
        for added, time_s, _ in order
        if added >= LEAST_BANDING
    ]
    return Banding(
        cambi=round(mean([cambi for _, _, cambi in seen]), 3),
        added=percentile([added for added, _, _ in reversed(order)], WORST_BANDING),
        spans=tuple(sorted(worst[:SHOWN_BANDING], key=lambda span: span.start_s)),
    )


def _vmaf(log: str) -> list[tuple[int, dict[str, float]]]:
    """Return frame and metrics, as `FrameScore` calls them, of each scored frame."""
    try:
        return [
            (
                int(frame["frameNum"]),
                {
                    ours: frame["metrics"][theirs]
                    for ours, theirs in _METRICS.items()
                    if theirs in frame["metrics"] or ours not in BESIDE
                },
            )
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


def _xpsnr(lines: Iterable[str], numbers: range) -> list[float]:
    """Return the XPSNR of those frames of the log."""
    found: list[float] = []
    for line in lines:
        match = _XPSNR.match(line)
        if match is None or int(match[1]) != len(found) + 1:
            if line.startswith("n:"):
                raise UnreadableScores(f"the XPSNR log is damaged at {line.strip()[:60]!r}")
            break  # averages, at the end
        found.append(min(MOST_DB, float(match[2])))
    if len(found) <= numbers[-1]:
        raise UnreadableScores(f"{len(found)} XPSNR scores, the last asked for is {numbers[-1]}")
    return [round(found[number], SCORE_DECIMALS) for number in numbers]


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
