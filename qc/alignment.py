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
    accusing: int  # windows that say `offset`, where it is not 0
    first_sample: int | None  # where the first of them begins


def judge(errors: Mapping[int, Sequence[float]]) -> Alignment:
    """Return the alignment that mean squared errors, sample by sample, show for each offset.

    Where windows accuse several offsets (frames are missing one after the other), it is the one
    that begins first.
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
    shifted = [
        Alignment(offset, len(starts), len(accusing), accusing[0])
        for offset in errors
        if offset != 0
        and (accusing := [start for start, said in accused if said == offset])
        and len(accusing) >= min(ACCUSING_WINDOWS, len(starts))
    ]
    return min(
        shifted,
        key=lambda found: found.first_sample or 0,
        default=Alignment(0, len(starts), 0, None),
    )


def read_errors(log: Iterable[str]) -> list[float]:
    """Return the mean squared errors that FFmpeg's psnr filter wrote; ValueError for other text."""
    errors: list[float] = []
    for line in log:
        match = _MSE.match(line)
        if match is None or int(match[1]) != len(errors) + 1:
            raise ValueError(f"the alignment log is damaged at {line.strip()[:60]!r}")
        errors.append(float(match[2]))
    return errors


def _accused(window: Mapping[int, Sequence[float]]) -> int:
    """Return the offset that one window of errors shows."""
    sums = {offset: sum(values) for offset, values in window.items()}
    closest = min(sums, key=lambda offset: sums[offset])
    moves = sums[0] >= LEAST_MSE * len(window[0])
    return closest if moves and sums[closest] <= ACCUSING_SHARE * sums[0] else 0
