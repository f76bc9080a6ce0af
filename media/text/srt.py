"""SubRip (.srt) to cues: times, counters and text as the field writes them.

The format has no standard. Its blocks are a counter, a line with times, and lines of text up to
the next block; what stands between blocks differs from program to program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from media.text.cue import MAX_CUES, Cue, NotSubtitles
from media.text.findings import HIDDEN_TEXT, LOST_SETTING, UNREADABLE_TIMES, Findings
from media.text.markup import cue_runs
from media.text.overrides import Overrides
from media.text.payload import payload
from media.text.placement import settings_for
from media.text.timing import Timing, is_counter, read_timing


@dataclass(frozen=True, slots=True)
class _Block:
    """A cue as written; `timing` is None where it cannot be read."""

    timing: Timing | None
    lines: Sequence[str]


def read_srt(text: str, findings: Findings) -> list[Cue]:
    """Return the cues of SubRip `text`, in its order and with its times; NotSubtitles if too many.

    Blank lines inside a cue are left out; its other lines stay together.
    """
    cues = []
    for block in _blocks(text.split("\n"), findings):
        if block.timing is None:
            findings.note(UNREADABLE_TIMES)
            continue
        overrides, start_ms = Overrides(), block.timing.start_ms
        runs = cue_runs("\n".join(block.lines), "srt", overrides)
        shown = payload(runs, findings, start_ms)  # meets the overrides on its way
        settings = settings_for(overrides.alignment) if overrides.alignment else ""
        if overrides.has_hidden:
            findings.say(HIDDEN_TEXT)
        if block.timing.settings:  # coordinates of a screen whose size nobody knows
            findings.note(LOST_SETTING, start_ms, example=block.timing.settings)
        cues.append(Cue(start_ms, block.timing.end_ms, shown, settings))
    return cues


def _blocks(lines: Sequence[str], findings: Findings) -> Iterator[_Block]:
    timings = {at: found for at, line in enumerate(lines) if (found := read_timing(line))}
    if len(timings) > MAX_CUES:
        raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
    heads = _heads(lines, list(timings))
    first = heads[0] if heads else 0
    if any(line.strip() for line in lines[:first]):
        findings.say("text before the first cue is left out")
    for (at, found), end in zip(timings.items(), [*heads[1:], len(lines)], strict=True):
        text = [line for line in lines[at + 1 : end] if line.strip()]
        yield _Block(found if isinstance(found, Timing) else None, text)


def _heads(lines: Sequence[str], times: Sequence[int]) -> list[int]:
    """Return where each block begins: with its counter, if it has one, or with its times.

    A number above the times is a counter where most blocks have one there, or else it is what
    somebody says. Some programs leave a line empty below the counter, or write it twice.
    """
    close = [at - 1 if at and is_counter(lines[at - 1]) else None for at in times]
    apart = [_counter_above(lines, at) for at in times]
    found = close if _usual(close) else apart if apart and apart[0] is not None else []
    heads = [at if above is None else above for at, above in zip(times, found, strict=False)]
    again = [_counter_above(lines, at, like=lines[at].strip()) for at in heads]
    if _usual(again):
        heads = [at if above is None else above for at, above in zip(heads, again, strict=True)]
    return heads or list(times)


def _usual(found: Sequence[int | None]) -> bool:
    return 2 * sum(each is not None for each in found) >= len(found)


def _counter_above(lines: Sequence[str], at: int, like: str = "") -> int | None:
    """Return where the nearest line above `at` is, if it is a counter, and one `like` that."""
    above = next((number for number in range(at - 1, -1, -1) if lines[number].strip()), None)
    if above is None or not is_counter(lines[above]):
        return None
    return above if like in ("", lines[above].strip()) else None
