"""Does frame n of a rendition show frame n of the source? The scores of a shifted one mean nothing.

Small copies of a rendition's pictures are compared with the same frame of the source and with those
around it. In an aligned rendition the same frame is the closest; where the encoder was starved it
comes near to a tie. Shifted by a frame, errors differ by a factor of up to 400 wherever anything
moves. Still pictures cannot tell, and need not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WINDOW_SAMPLES = 12
# A neighbour that has at most this share of the same frame's error accuses. In a 30 s clip at
# 145 kbit/s no window of an aligned encode was below 1.04, and 7 of 12 of a shifted one were.
ACCUSING_SHARE = 0.5
LEAST_MSE = 1.0  # in squared 8-bit steps; below it, differences are rounding
ACCUSING_WINDOWS = 2  # one alone may be a flash that the encoder smeared

_MSE = re.compile(r"^n:(\d+) mse_avg:([\d.]+) ")


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the windows say: the rendition's frame n shows frame n + `offset` of the source."""

    offset: int  # 0: aligned, or nothing moved enough to tell
    windows: int
    accusing: int  # windows that say so, or that it is further off in that direction
    first_sample: int | None  # from which on it is so, where it is not 0


def judge(errors: Mapping[int, Sequence[float]]) -> Alignment:
    """Return the alignment that mean squared errors, sample by sample, show for each offset.

    Where windows accuse several offsets of one direction (frames are missing one after the other),
    it is the first of them.
    """
    samples = min(len(values) for values in errors.values())
    starts = range(0, samples, WINDOW_SAMPLES)
    accused = [
        (
            start,
            _accused(
                {
                    k: values[start : min(start + WINDOW_SAMPLES, samples)]
                    for k, values in errors.items()
                }
            ),
        )
        for start in starts
    ]
    directions = ([(start, said) for start, said in accused if said * sign > 0] for sign in (-1, 1))
    shifted = [
        accusing
        for accusing in directions
        if accusing and len(accusing) >= min(ACCUSING_WINDOWS, len(starts))
    ]
    if not shifted:
        return Alignment(0, len(starts), 0, None)
    first = min(shifted)
    start, offset = first[0]
    return Alignment(offset, len(starts), len(first), _begins(errors, offset, start, samples))


def read_errors(log: Iterable[str]) -> list[float]:
    """Return the mean squared errors that FFmpeg's psnr filter wrote; ValueError for other text."""
    errors: list[float] = []
    for line in log:
        match = _MSE.match(line)
        if match is None or int(match[1]) != len(errors) + 1:
            raise ValueError(f"the alignment log is damaged at {line.strip()[:60]!r}")
        errors.append(float(match[2]))
    return errors


def _begins(errors: Mapping[int, Sequence[float]], offset: int, start: int, samples: int) -> int:
    """Return the sample around the start of a window from which on `offset` fits, not 0.

    It is where the errors of 0 before and of `offset` behind are least in sum.
    """
    first, last = max(0, start - WINDOW_SAMPLES), min(samples, start + WINDOW_SAMPLES)
    sums = {last: 0.0}
    for sample in reversed(range(first, last)):
        gained = errors[offset][sample] - errors[0][sample]
        sums[sample] = sums[sample + 1] + gained
    return min(sums, key=lambda sample: (sums[sample], -sample))


def _accused(window: Mapping[int, Sequence[float]]) -> int:
    """Return the offset that one window of errors shows."""
    sums = {offset: sum(values) for offset, values in window.items()}
    closest = min(sums, key=lambda offset: sums[offset])
    moves = sums[0] >= LEAST_MSE * len(window[0])
    return closest if moves and sums[closest] <= ACCUSING_SHARE * sums[0] else 0
