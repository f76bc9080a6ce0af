"""Graphs over the source that no Treatment governs: compiled, and opened under guard."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ffmpeg

from farm.command import source_input
from workers.graphs.clock import clock_options
from workers.graphs.picture import SOURCE_URL


def opened_source() -> Any:
    """Return the source; pick a stream with `[str(index)]`."""
    return ffmpeg.input(SOURCE_URL)


def compiled_source(outputs: Any, start_s: Fraction | None, *before: str) -> tuple[str, ...]:
    """Return the arguments of a graph over `opened_source`.

    `start_s` is the clock's (`clock.explicit_start`); `before` are further options of the source.
    """
    args: list[str] = ffmpeg.get_args(outputs)
    at = args.index(SOURCE_URL)
    return (*args[: at - 1], *source_input(*clock_options(start_s), *before), *args[at + 1 :])
