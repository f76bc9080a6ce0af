"""The configuration of a finished video file: what its decoder is told before the first sample."""

from __future__ import annotations

import struct
from pathlib import Path

from media.isobmff.boxes import DamagedFile, boxes, child, file_boxes
from media.isobmff.codec_strings import Configured, configured
from media.isobmff.header import VISUAL_ENTRY_BYTES

MAX_MOOV_BYTES = 256 << 20  # of two hours at 60 pictures a second: some 20 MiB


def read_configured(path: Path) -> Configured:
    """Return what the first video track of an MP4 file says of its codec; raise DamagedFile."""
    try:
        with path.open("rb") as file:
            for kind, _, body, end in file_boxes(file):
                if kind == "moov" and end - body <= MAX_MOOV_BYTES:
                    file.seek(body)
                    return _configured(file.read(end - body))
    except (struct.error, IndexError, KeyError, StopIteration) as error:
        raise DamagedFile(f"{path.name} has no readable sample entry") from error
    raise DamagedFile(f"{path.name} has no readable movie box")


def _configured(moov: bytes) -> Configured:
    stsd, stsd_end = child(moov, "trak/mdia/minf/stbl/stsd")
    entry, body, end = next(boxes(moov, stsd + 8, stsd_end))
    found = configured(moov, entry, body + VISUAL_ENTRY_BYTES, end)
    if found is None:
        raise KeyError(entry)
    return found
