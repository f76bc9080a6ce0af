"""What a source is made of: ffprobe's answer, or a refusal that names the source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from farm.command import SOURCE_NAME, Command, Finished
from farm.errors import ToolFailed
from farm.mediainfo import MediaInfo
from media.probe.ffprobe import parse_probe, probe_command
from media.probe.refusals import check_media, unreadable
from workers.programs.sandbox import CANNOT_RUN


def probe_source(uri: str, scratch: Path, run: Callable[[Command], Finished]) -> MediaInfo:
    """Return what the source that lies in `scratch` is made of; `run` runs a command there.

    Raises InvalidSource or UnsupportedMedia, naming `uri`, for what the farm cannot use.
    """
    try:
        finished = run(probe_command())
    except ToolFailed as failure:
        status = failure.detail.get("exit_code")
        # Killed, or never started: that says nothing about the source.
        if not isinstance(status, int) or status < 0 or status >= CANNOT_RUN:
            raise
        raise unreadable(uri, _lines(failure.detail.get("stderr"))) from failure
    media = parse_probe(finished.stdout, (scratch / SOURCE_NAME).stat().st_size)
    check_media(uri, media, finished.stderr.splitlines())
    return media


def _lines(value: object) -> list[str]:
    return [str(line) for line in value] if isinstance(value, list) else []
