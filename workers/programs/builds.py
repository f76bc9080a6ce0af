"""Which builds a host has: of tools by what they print of themselves, of fonts by their content."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from farm.command import Command, Limits, Tool
from farm.errors import ReelFarmError, ToolFailed
from farm.serial import digest
from media.text.fonts import STYLES, list_fonts, read_fonts
from storage.objects.store import sha256_of
from workers.programs.runner import run
from workers.programs.tools import Tools

log = logging.getLogger("reelfarm.worker")

# Version, configuration and the versions of the libraries.
ASK_FOR_VERSION = {
    Tool.FFMPEG: ("-version",),
    Tool.FFPROBE: ("-version",),
    Tool.PACKAGER: ("--version",),
}
LIMITS = Limits(wall_s=60)

File = tuple[Path, int, int, int]  # another one as soon as another build is put in its place


class Builds:
    """What a host makes parts with, by names that are equal on every host with the same builds.

    Each file is asked, or read, once in the life of a process, and again when it was replaced.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._known: dict[File, str] = {}
        self._versions: dict[str, str] = {}  # the first line each build prints of itself
        self._asking = threading.Lock()  # the first steps of a worker all want to know at once

    def learn(self) -> None:
        """Ask every tool now, so that no step has to wait for it; what is wrong a step will say."""
        for tool in ASK_FOR_VERSION:
            try:
                self.of(tool)
            except (ReelFarmError, OSError) as error:
                log.warning("%s does not tell its version: %s", tool, error)

    def of(self, tool: Tool) -> str:
        """Return the name of a tool's build; raise ToolFailed where it does not tell."""
        path: Path = getattr(self._tools, tool.value)
        with self._asking:
            file = _file(path)
            if file not in self._known:
                lines = self._version(tool)
                self._known[file] = digest(lines)
                self._versions[self._known[file]] = lines[0]
            return self._known[file]

    def described(self, tools: Iterable[Tool]) -> dict[str, dict[str, str]]:
        """Return version and build of tools by their names; raise ToolFailed as `of` does."""
        builds = {tool.value: self.of(tool) for tool in sorted(tools)}
        return {
            name: {"version": self._versions[build], "build": build}
            for name, build in builds.items()
        }

    def of_fonts(self) -> str:
        """Return the name of the fonts burnt-in text may be drawn with, in order of preference.

        Asked anew each time, since fonts are installed while a worker runs. Raises ToolFailed
        where fontconfig is not installed.
        """
        contents = [
            [(index, self._content(path)) for index, path in read_fonts(self._printed(command))]
            for command in map(list_fonts, STYLES)
        ]
        return digest(contents)

    def _version(self, tool: Tool) -> list[str]:
        command = Command(tool, ASK_FOR_VERSION[tool], f"version of {tool}", LIMITS)
        lines = [" ".join(line.split()) for line in self._printed(command).splitlines()]
        if not any(lines):
            raise ToolFailed(
                f"{getattr(self._tools, tool.value)} says nothing when asked for its version:"
                f" check REELFARM_{tool.upper()}"
            )
        return [line for line in lines if line]

    def _content(self, path: Path) -> str:
        with self._asking:
            file = _file(path)
            if file not in self._known:
                self._known[file] = sha256_of(path)
            return self._known[file]

    def _printed(self, command: Command) -> str:
        with TemporaryDirectory(prefix="reelfarm-version-") as folder:
            return run(command, tools=self._tools, cwd=Path(folder)).stdout


def _file(path: Path) -> File:
    facts = path.stat()
    return path, facts.st_size, facts.st_mtime_ns, facts.st_ino
