"""What is kept of every verified title's scores, so that titles can be held against each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from farm.facts import VerdictWord
from farm.ladder import CodecName

# Short and long side of the sizes that rungs go by.
BOXES = (
    *((144, 256), (180, 320), (234, 416), (270, 480), (360, 640), (432, 768), (480, 854)),
    *((540, 960), (720, 1280), (1080, 1920), (1440, 2560), (2160, 3840), (4320, 7680)),
)
ROOM = 1.07  # 4096x2160 and 2048x1080 go by the sizes of 16:9 beside them


def lines_of(width: int, height: int) -> int:
    """Return the size a picture goes by, 1080 for 1080p: the lines of the least box it fits.

    A picture of 1920x800 or 1080x1920 goes by 1080, as it would at 16:9 and lying.
    """
    short, long = sorted((width, height))
    for lines, wide in BOXES:
        if short <= lines * ROOM and long <= wide * ROOM:
            return lines
    return short


@dataclass(frozen=True, slots=True)
class ScoreSeries:
    """Rungs whose scores can be held against each other: the same kind of picture, scored alike."""

    codec: CodecName
    lines: int  # the size it goes by, see `lines_of`
    policy: str  # the ladder policy's name
    device: str  # "cpu", "nvenc"
    model: str  # of VMAF
    scored_lines: int  # the size it was scored at


@dataclass(frozen=True, slots=True)
class Maker:
    """What made a rung and may change from one title to the next; "" where it is not known."""

    tool: str  # FFmpeg's version, as it says itself
    build: str  # digest of all it says of itself: two builds of a version differ
    reelfarm: str
    preset: str  # of the encoder
    policy_version: int | None  # of a tenant's own ladder policy
    policy_digest: str  # of what the policy says


@dataclass(frozen=True, slots=True)
class RungScore:
    """VMAF of one rung, the one with the most bits of its codec and size in its title."""

    series: ScoreSeries
    maker: Maker
    source_sha256: str
    width: int
    height: int
    is_top: bool  # no rung of its codec in the title is larger
    harmonic_mean: float
    p5: float
    p1: float
    min: float
    verdict: VerdictWord  # on the whole title


@dataclass(frozen=True, slots=True)
class KeptScore:
    """A score as it was kept, with the title it is of."""

    job_id: str
    tenant: str
    asset: str
    at: datetime  # when the title was verified
    score: RungScore
