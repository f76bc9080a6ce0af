"""How the encoders of devices turn bits into quality, beside the processor's: a model each.

A rung means the same quality wherever it is made: its CRF is that of the processor's encoder for
its codec, and a model says which quality setting of the device looks as good, and how many more
bits that takes. Where the rung's cap leaves no room for these, the rung is made on the processor.

None of the figures was measured by us, as there was no such device at hand. What the field reports
of NVENC is 3 to 5 VMAF less than x264 medium at equal rate, of VAAPI rather more than less of that.
A rung is about 6 VMAF for 1.5 to 2 times the bits, so that 4 VMAF are some 1.4 times; six steps of
a quantizer are twice the bits, so that 1.4 times are three steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class RateQuality:
    """An encoder's quality setting for a CRF, and the bits it takes beside the processor's."""

    offset: float  # added to the CRF, after that was multiplied by `scale`
    lowest: float
    highest: float
    times_bits: float  # at the same quality
    vmaf_behind: float  # at the same bits
    scale: float = 1.0

    def quality(self, crf: float) -> float:
        """Return the setting that looks as good as `crf` of the processor's encoder."""
        return min(self.highest, max(self.lowest, crf * self.scale + self.offset))

    def reaches(self, expected_bps: float, max_bps: float) -> bool:
        """Return whether the quality that takes `expected_bps` there fits under a cap here."""
        return expected_bps * self.times_bits <= max_bps


NVENC_MODEL: Mapping[str, RateQuality] = MappingProxyType(
    {
        "h264": RateQuality(-3.0, 1.0, 51.0, 1.4, 4.0),
        "hevc": RateQuality(-3.0, 1.0, 51.0, 1.4, 4.0),
        # SVT-AV1's CRF and NVENC's both go to 63, on which a step is some two thirds of one of 51.
        "av1": RateQuality(-4.0, 1.0, 63.0, 1.3, 3.0),
    }
)

VAAPI_MODEL: Mapping[str, RateQuality] = MappingProxyType(
    {
        "h264": RateQuality(-3.0, 1.0, 51.0, 1.5, 5.0),
        "hevc": RateQuality(-3.0, 1.0, 51.0, 1.4, 4.0),
        # av1_vaapi counts quantizers to 255, four of which are one of SVT-AV1's.
        "av1": RateQuality(-12.0, 1.0, 255.0, 1.4, 4.0, scale=4.0),
    }
)
