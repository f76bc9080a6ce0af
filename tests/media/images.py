"""The same tools as other images have them: copies elsewhere, and builds that say otherwise."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from workers.programs.builds import ASK_FOR_VERSION
from workers.programs.tools import Tools


def relocated(tools: Tools, folder: Path) -> Tools:
    """Return copies of the media tools as another image has them: other names, other times."""
    folder.mkdir()
    moved = {}
    for number, tool in enumerate(ASK_FOR_VERSION):
        path = folder / f"tool-{number}"
        shutil.copy(getattr(tools, tool.value), path)
        os.utime(path, (number, number))
        moved[tool.value] = path
    return replace(tools, **moved)


def rebuilt(tool: Path, folder: Path, said: bytes, says: bytes) -> Path:
    """Return a copy of a program that says something else of the same length."""
    program = tool.read_bytes()
    assert said in program
    path = folder / "rebuilt"
    path.write_bytes(program.replace(said, says))
    path.chmod(0o755)
    return path
