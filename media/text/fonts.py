"""The fonts that burnt-in text is drawn with: fontconfig's choice, as libass asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from farm.command import Command, Limits, Tool
from media.text.burn_in import FONT

STYLES = ("", ":bold", ":italic", ":bold:italic")  # as fontconfig patterns have them


def list_fonts(style: str) -> Command:
    """Return the command that lists the fonts for text of a style, best first.

    libass takes the first font that has a letter, out of the same list (FcFontSort, trimmed of
    fonts that add no letter).
    """
    # The index, since one file may hold many fonts.
    args = ("--sort", "--format", "%{index} %{file}\n", f"{FONT}{style}")
    return Command(Tool.FC_MATCH, args, "find the fonts", Limits(wall_s=60))


def read_fonts(printed: str) -> Iterator[tuple[str, Path]]:
    """Yield index and file of each font that `list_fonts` printed."""
    for line in printed.splitlines():
        index, _, path = line.partition(" ")
        yield index, Path(path)
