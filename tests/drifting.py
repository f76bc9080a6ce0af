"""Two colours that drift into each other, the same in every run: FFmpeg's own choice is random."""

from __future__ import annotations


def drifting(
    size: str,
    duration_s: float,
    speed: float = 0.02,
    colours: tuple[int, int] = (0x203060, 0xE0A040),
) -> str:
    """Return a graph of them, from corner to corner at first, 25 pictures a second."""
    width, height = map(int, size.split("x"))
    first, second = colours
    return (
        f"gradients=size={size}:rate=25:duration={duration_s}:speed={speed}:seed=1"
        f":n=2:c0=0x{first:06x}:c1=0x{second:06x}:x0=0:y0=0:x1={width - 1}:y1={height - 1}"
    )
