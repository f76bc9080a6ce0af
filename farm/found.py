"""What one decode found in the sound and the pictures of a source that a viewer may mind.

Times are seconds of the title. Steps of older versions did not look: their facts lack these.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the title, in seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SoundFound:
    """Of one audio stream: where it ends, and where it is not as sound should be."""

    stream_index: int
    end_s: float
    clipped: tuple[Span, ...] = ()  # samples in runs at full scale
    out_of_phase: tuple[Span, ...] = ()  # of stereo: left and right are mostly opposite


@dataclass(frozen=True, slots=True)
class SoundCurve:
    """How loud one audio stream is over time: in columns of equal length, 1,200 at most.

    `peaks` are the highest samples of all channels in thousandths of full scale, `peak_s` seconds
    each from the title's zero on. `lufs` is short-term loudness (EBU R128) of the three seconds
    around moments `lufs_s` apart, the first of them `lufs_from_s`; -70 where nothing is heard.
    """

    stream_index: int
    peak_s: float
    peaks: tuple[int, ...]
    lufs_from_s: float
    lufs_s: float
    lufs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cadence:
    """One picture in every `every` is shown twice: `pictures` times from `first_s` to `last_s`."""

    every: int
    pictures: int
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class PicturesFound:
    """Of the pictures; figures are FFmpeg's (`blockdetect`, `blurdetect`), medians of samples."""

    combed: tuple[Span, ...] = ()  # of two fields, where the rest is of whole pictures
    flashes: tuple[Span, ...] = ()  # more than three a second
    red_flashes: tuple[Span, ...] = ()
    flashes_judged: bool = True  # not in HDR
    out_of_range: tuple[Span, ...] = ()  # EBU R 103
    out_of_range_share: float = 0.0  # of the pixels, in the worst sample
    range_judged: bool = True  # not in full range
    cadence: Cadence | None = None
    blockiness: float | None = None
    blur: float | None = None
