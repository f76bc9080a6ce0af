"""FFmpeg's `-progress` output, read as it comes."""

from __future__ import annotations

from fractions import Fraction


class ProgressReader:
    """Turns chunks of `key=value` lines into the output time reached, in seconds.

    Source: FFmpeg documentation, option -progress; `out_time_us` is N/A before the first frame.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.out_time_s: Fraction | None = None
        self.ticks = 0  # grows whenever the program shows that it moves
        self._counters = {b"frame": 0, b"total_size": 0}

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the program's stdout."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            key, _, value = line.partition(b"=")
            if key in (b"out_time_us", b"total_size", b"frame"):
                self._advance(key, value.strip())

    def _advance(self, key: bytes, value: bytes) -> None:
        if not value.lstrip(b"-").isdigit():
            return
        if key == b"out_time_us":
            reached = Fraction(int(value), 1_000_000)
            if self.out_time_s is None or reached > self.out_time_s:
                self.out_time_s = reached
                self.ticks += 1
        elif (number := int(value)) > self._counters[key]:
            self._counters[key] = number
            self.ticks += 1
