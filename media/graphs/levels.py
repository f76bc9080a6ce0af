"""Pixels that broadcasters turn away: EBU R 103 (v3, 2020), levels and gamut.

Luma from 5 to 246 of 8 bits, and red, green and blue from -5 % to 105 %; up to one pixel in a
hundred may lie outside, for ringing and noise; as sampled here, one in fifty.
"""

from __future__ import annotations

LUMA = range(5, 247)
GAMUT = (-0.05, 1.05)
MAX_SHARE_OUT = 0.02  # twice that, for codecs ring further than cameras


BT709 = (1.5748, -0.1873, -0.4681, 1.8556)  # Cr to red, Cb and Cr to green, Cb to blue
BT601 = (1.402, -0.3441, -0.7141, 1.772)

Matrix = tuple[float, float, float, float]


def share_out(pixels: bytes, matrix: Matrix) -> float:
    """Return the share of pixels out of range; planes of Y, U and V."""
    size = len(pixels) // 3
    planes = (pixels[:size], pixels[size : 2 * size], pixels[2 * size :])
    return sum(_is_out(*pixel, matrix) for pixel in zip(*planes, strict=True)) / max(1, size)


def _is_out(luma: int, cb: int, cr: int, matrix: Matrix) -> bool:
    if luma not in LUMA:
        return True
    y, u, v = (luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    to_red, from_cb, from_cr, to_blue = matrix
    low, high = GAMUT
    colours = (y + to_red * v, y + from_cb * u + from_cr * v, y + to_blue * u)
    return min(colours) < low or max(colours) > high
