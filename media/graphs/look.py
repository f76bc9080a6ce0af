"""What pictures look like before they are scaled to a rung: rungs of one look share them."""

from __future__ import annotations

from dataclasses import dataclass

from farm.ladder import Rung
from farm.mediainfo import DynamicRange


@dataclass(frozen=True, slots=True)
class PictureLook:
    """A range of brightness and a bit depth; 4:2:0 in any case."""

    dynamic_range: DynamicRange = "sdr"
    bit_depth: int = 8

    @property
    def pixel_format(self) -> str:
        """Return the pixel format, as FFmpeg calls it."""
        return "yuv420p" if self.bit_depth == 8 else f"yuv420p{self.bit_depth}le"

    @property
    def is_hdr(self) -> bool:
        """Return whether the source's PQ or HLG is kept."""
        return self.dynamic_range != "sdr"


SDR_8 = PictureLook()


def look_of(rung: Rung) -> PictureLook:
    """Return what the pictures of a rung look like."""
    return PictureLook(rung.dynamic_range, rung.bit_depth)
