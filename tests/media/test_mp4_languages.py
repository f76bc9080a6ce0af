"""An MP4's language in full, through ingest: ffprobe shows three letters of it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from tests.conftest import MakeContext
from tests.media.source_steps import ingested, source_of


@pytest.mark.parametrize(
    ("name", "tag", "language"), [("a.mp4", "pt-BR", "pt-BR"), ("a.mov", "x", "pt")]
)
def test_the_language_in_full_is_the_streams(
    run_command: Callable[[Command, Path], Finished],
    step_context: MakeContext,
    tmp_path: Path,
    name: str,
    tag: str,
    language: str,
) -> None:
    args = ("-f", "lavfi", "-i", "sine=duration=1", "-metadata:s:a", "language=por", name)
    run_command(Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), "make test media"), tmp_path)
    path = tmp_path / name
    path.write_bytes(with_elng(path.read_bytes(), tag.encode()))
    (sound,) = source_of(ingested(step_context, path)).media.audio
    assert sound.language == language


def with_elng(data: bytes, tag: bytes) -> bytes:
    """Return a file of one track with an `elng` box in it; its `moov` is the last box."""
    elng = struct.pack(">I4s4x", 13 + len(tag), b"elng") + tag + b"\0"
    changed = bytearray(data)
    for kind in (b"moov", b"trak", b"mdia"):
        at = changed.index(kind) - 4
        (size,) = struct.unpack_from(">I", changed, at)
        struct.pack_into(">I", changed, at, size + len(elng))
    behind_head = changed.index(b"mdhd") - 4
    (size,) = struct.unpack_from(">I", changed, behind_head)
    changed[behind_head + size : behind_head + size] = elng
    return bytes(changed)
