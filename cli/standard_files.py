"""Standard input, output and error, however this process was given them."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

from farm.errors import InvalidSpec, OutputLost


def use_standard_files() -> None:
    """Make sure that there are three, and that writing to them ends in a sentence at worst.

    Raises InvalidSpec where the folder this was started in is gone: nothing can be started there.
    """
    _fill_gaps()
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.__stdout__)
    sys.stderr = _text(_Remarks(2, "w", closefd=False), sys.__stderr__)
    try:
        os.getcwd()  # noqa: PTH109 - it is about this call
    except FileNotFoundError as error:
        raise InvalidSpec("the folder this was started in was deleted: cd to another") from error


def flush_output() -> None:
    """Write what is left for stdout; raise OutputLost where it takes it not."""
    try:
        sys.stdout.flush()
    except OutputLost:
        sys.stdout = _text(_Remarks(os.open(os.devnull, os.O_WRONLY), "w"), None)
        raise


def _fill_gaps() -> None:
    """Open what was closed, or the next file or socket would be taken for it, by children too."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number is given


def _text(raw: io.FileIO, like: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=like.encoding if like else "utf-8",
        errors="backslashreplace",  # a name that is no text is shown, and stops nothing
        line_buffering=isinstance(raw, _Remarks) or raw.isatty(),
    )


class _Output(io.FileIO):
    def write(self, b: Any, /) -> int:
        try:
            return super().write(b)
        except BrokenPipeError:  # `| head` has seen enough: that is no error
            raise
        except OSError as error:
            raise OutputLost(
                f"stdout cannot be written: {error.strerror}: nothing of the title is lost, but"
                " this output is; make room, or direct it elsewhere, and ask again"
            ) from error


class _Remarks(io.FileIO):
    def write(self, b: Any, /) -> int:
        try:
            return super().write(b)
        except OSError:  # there is nobody left to tell, and no job may end for that
            return len(b)
