"""Decoding alone, to see what it takes: on a device, its pictures fetched, or on the processor."""

from __future__ import annotations

from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_NAME, Command, Limits, Tool
from media.graphs.hardware import HARDWARE
from media.graphs.on_device import OnDevice


def decode_clip(
    on: OnDevice | None, form: str, frames: int, fps: Fraction, limits: Limits
) -> Command:
    """Return the command that decodes so many frames to `form` and leaves nothing.

    `on` decodes them, or the processor where it is None.
    """
    fetched = f"hwdownload,format={on.decoded}," if on else ""
    hardware = HARDWARE[on.kind] if on else None
    opened = (*hardware.opened, *hardware.decoding) if hardware else ()
    where = f"{on.kind}:{on.address}" if on else "the processor"
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *(option.format(address=on.address) if on else option for option in opened),
            *("-i", f"file:{SOURCE_NAME}"),
            *("-filter_complex", f"[0:v:0]{fetched}format={form}[pictures]"),
            *("-map", "[pictures]", "-frames:v", str(frames), "-f", "null", "-"),
        ),
        label=f"decode on {where}",
        limits=limits,
        reports_progress=True,
        duration_s=frames / fps,
    )
