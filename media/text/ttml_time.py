"""TTML time expressions (W3C TTML2, section 12.3) to exact seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from media.text.cue import NotSubtitles

_CLOCK_TIME = re.compile(
    r"(?P<hours>[0-9]{2,4}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,9})|:(?P<frames>[0-9]{2,5})(?:\.(?P<sub_frames>[0-9]{1,5}))?)?"
)
_OFFSET = re.compile(r"(?P<count>[0-9]{1,12}(?:\.[0-9]{1,9})?)(?P<metric>h|ms|m|s|f|t)")
_SECONDS_IN = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_RATIO = re.compile(r"([0-9]{1,9})[ :]([0-9]{1,9})")
_DEFAULT_FRAME_RATE = 30  # TTML2, section 7.2.5


@dataclass(frozen=True, slots=True)
class Clock:
    """The rates a document counts in: frames and ticks per second."""

    nominal_rate: int
    frame_rate: Fraction
    sub_frames: int
    tick_rate: Fraction
    counts_frames: bool  # SMPTE time code without drops: every second has nominal_rate

    def seconds(self, expression: str) -> Fraction | None:
        """Return the time `expression` names, None when it is not one."""
        expression = expression.strip()
        if offset := _OFFSET.fullmatch(expression):
            return self._offset(Fraction(offset["count"]), offset["metric"])
        clock = _CLOCK_TIME.fullmatch(expression)
        if clock is None:
            return None
        whole_s = int(clock["hours"]) * 3600 + int(clock["minutes"]) * 60 + int(clock["seconds"])
        frames = int(clock["frames"] or 0) + Fraction(
            int(clock["sub_frames"] or 0), self.sub_frames
        )
        if self.counts_frames:
            return (whole_s * self.nominal_rate + frames) / self.frame_rate
        return whole_s + Fraction(f"0.{clock['fraction'] or 0}") + frames / self.frame_rate

    def _offset(self, count: Fraction, metric: str) -> Fraction:
        if metric == "f":
            return count / self.frame_rate
        return count / self.tick_rate if metric == "t" else count * _SECONDS_IN[metric]


def document_clock(attributes: Mapping[str, str]) -> Clock:
    """Return the clock that the parameter attributes of a document's root (local names) set.

    Raises NotSubtitles for wall-clock times, which say nothing about the title.
    """
    time_base = attributes.get("timeBase", "media")
    if time_base == "clock":
        raise NotSubtitles('its times are of the wall clock (ttp:timeBase="clock")')
    nominal = _positive(attributes.get("frameRate", ""), _DEFAULT_FRAME_RATE)
    sub_frames = _positive(attributes.get("subFrameRate", ""), 1)
    ratio = _RATIO.fullmatch(attributes.get("frameRateMultiplier", "").strip())
    multiplier = Fraction(1)
    if ratio and int(ratio[1]) and int(ratio[2]):
        multiplier = Fraction(int(ratio[1]), int(ratio[2]))
    ticks = nominal * multiplier * sub_frames if "frameRate" in attributes else Fraction(1)
    drops = attributes.get("dropMode", "nonDrop") != "nonDrop"
    return Clock(
        nominal_rate=nominal,
        frame_rate=nominal * multiplier,
        sub_frames=sub_frames,
        tick_rate=Fraction(_positive(attributes.get("tickRate", ""), 0)) or ticks,
        counts_frames=time_base == "smpte" and not drops,
    )


def _positive(written: str, default: int) -> int:
    written = written.strip()
    sound = written.isascii() and written.isdigit() and len(written) <= 12
    return int(written) or default if sound else default
