"""What measuring says of renditions: scores, what they may be off, and pictures that are others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from farm.found import Span


@dataclass(frozen=True, slots=True)
class Stats:
    """One metric over the scored frames of a rendition."""

    mean: float
    harmonic_mean: float
    p1: float
    p5: float
    min: float
    # The lowest mean of any stretch of 2 s (qc/stretches.py), of shorter titles that of all frames.
    worst_window: float | None = None


@dataclass(frozen=True, slots=True)
class FrameScore:
    """The scores of one scored frame; `frame` counts on the rendition's own timeline.

    XPSNR (luma, dB) and CAMBI, the rendition's and what that is above the source's, are there
    where the policy asks for them.
    """

    frame: int
    time_s: float
    vmaf: float
    ssim: float
    psnr: float
    xpsnr: float | None = None
    cambi: float | None = None
    cambi_added: float | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What scoring every frame would give lies between these, at 95 %."""

    low: Stats
    high: Stats


StrayKind = Literal["unlike", "misplaced"]  # another picture, or the one before or after


@dataclass(frozen=True, slots=True)
class Stray:
    """Pictures of a rendition that are not the source's of that moment.

    `error` is the worst mean squared error of them at 128 x 72, in squared 8-bit steps.
    """

    kind: StrayKind
    span: Span
    frames: int
    error: float


@dataclass(frozen=True, slots=True)
class Banding:
    """What CAMBI says of a rendition: 0 is no banding, from 5 on it begins to annoy.

    `cambi` is the mean of the scored frames, `added` what is above the source's in the worst 5 %
    of them, and `spans` are where that is most, up to a few.
    """

    cambi: float
    added: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaints:
    """How often a decoder complained of a rendition, and the first of it.

    Of very many only the last are known: what a program prints is kept up to a limit.
    """

    count: int
    first: str = ""


@dataclass(frozen=True, slots=True)
class Seam:
    """The worse of two frames that meet where another encode goes on: VMAF, and between what.

    All three are the same where it was scored.
    """

    frame: int
    time_s: float
    vmaf: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Of `measure`: one rendition against the source at one scoring size.

    Every single score is in its file "frames.parquet": see `qc/frames.py`. Where not all frames
    were scored, figures are estimates of what all would give, and `bounds` says how far off they
    may be. Older parts tell of none of what has a default.
    """

    rung: str
    width: int  # scoring size
    height: int
    subsample: int  # one frame in so many is scored
    model: str
    vmaf: Stats
    ssim: float
    psnr: float
    bounds: Bounds | None = None  # None: every frame was scored, or it is of an older part
    compared: int = 0  # frames held against the source's at 128 x 72: all there should be
    scored: int = 0
    sought: int = 0  # of these, those that were looked at since the worst might be there
    strays: tuple[Stray, ...] = ()
    xpsnr: float | None = None  # mean of the scored frames, luma, dB; None: nobody asked
    banding: Banding | None = None
    complaints: Complaints | None = None  # None: nobody listened
    seams: tuple[Seam, ...] = ()
    scaler: str = ""  # to the scoring size
    source_sha256: str = ""
    rendition_sha256: str = ""
