"""Scenarist SCC (CEA-608) and EBU STL (Tech 3264) to cues: ttconv makes TTML of them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

from media.text.cue import Cue, NotSubtitles
from media.text.findings import Findings
from media.text.ttml import read_ttml

if TYPE_CHECKING:  # ttconv takes its time to import: only those who need it wait for it
    from ttconv.model import ContentDocument

SCC_HEADER = "Scenarist_SCC"
MAX_BYTES = 4 * 1024 * 1024  # thirty thousand subtitles: ttconv takes its time over each
MOST_REMARKS = 5  # a damaged file has thousands
MAX_REMARK_CHARS = 100
# Of STL (Tech 3264). A screen holds some 900 characters; ttconv looks at all the text of a subtitle
# anew with each block.
_HEADER_BYTES, _BLOCK_BYTES, _CHAIN_AT = 1024, 128, 3
_LAST_OF_CHAIN, _NO_TEXT = 0xFF, range(0xF0, 0xFF)
MOST_BLOCKS = 32  # of one subtitle
_STL_DISK_FORMATS = (b"STL25.01", b"STL30.01")


def is_stl(data: bytes) -> bool:
    """Return whether bytes are EBU STL, by their disk format code (Tech 3264, GSI block)."""
    return data[3:11] in _STL_DISK_FORMATS


def read_scc(text: str, findings: Findings) -> list[Cue]:
    """Return the cues of SCC `text`; raise NotSubtitles for what is damaged beyond reading.

    Lines are centred: columns of a television's screen say nothing on a player's.
    """
    from ttconv.scc.config import SccReaderConfiguration, TextAlignment
    from ttconv.scc.reader import to_model

    _check_size(len(text))
    with _told(findings):
        document = to_model(text, SccReaderConfiguration(text_align=TextAlignment.CENTER))
        return _cues(document, findings)


def read_stl(data: bytes, findings: Findings) -> list[Cue]:
    """Return the cues of EBU STL `data`, counted from the start of programme it names.

    Raises NotSubtitles for what is damaged beyond reading.
    """
    from ttconv.stl.config import STLReaderConfiguration
    from ttconv.stl.reader import to_model

    _check_size(len(data))
    _check_chains(data)
    with _told(findings):
        document = to_model(io.BytesIO(data), STLReaderConfiguration(program_start_tc="TCP"))
        return _cues(document, findings)


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise NotSubtitles(f"{size:,} bytes are too many for its format")


def _check_chains(data: bytes) -> None:
    """Raise NotSubtitles where the blocks of a subtitle never end."""
    blocks = 0
    for number in data[_HEADER_BYTES + _CHAIN_AT :: _BLOCK_BYTES]:
        if number not in _NO_TEXT:
            blocks += 1
        if blocks > MOST_BLOCKS:
            raise NotSubtitles(f"it is damaged: a subtitle has more than {MOST_BLOCKS} blocks")
        if number == _LAST_OF_CHAIN:
            blocks = 0


def _cues(document: ContentDocument | None, findings: Findings) -> list[Cue]:
    from ttconv.imsc.writer import from_model

    if document is None:
        raise NotSubtitles("nothing in it can be read")
    ttml = tostring(from_model(document).getroot(), encoding="unicode")
    return read_ttml(ttml, findings)


@contextmanager
def _told(findings: Findings) -> Iterator[None]:
    """Note what ttconv remarks; raise NotSubtitles where it gives up."""
    before = _hearing.set([])
    try:
        yield
    except NotSubtitles:
        raise
    except Exception as error:  # of whatever kind: it is not made for damaged files
        raise NotSubtitles(f"it is damaged: {error}") from error
    finally:
        for remark in _hearing.get():
            findings.say(f"remarked while reading: {remark}")
        _hearing.reset(before)


class _Remarks(logging.Handler):
    """Hears what is logged while a file is read, each thread for itself."""

    def emit(self, record: logging.LogRecord) -> None:
        said = " ".join(record.getMessage().split())[:MAX_REMARK_CHARS]
        heard = _hearing.get(None)
        if heard is not None and len(heard) < MOST_REMARKS:
            heard.append(said)


_hearing: ContextVar[list[str]] = ContextVar("remarks of ttconv")
_log = logging.getLogger("ttconv")
_log.addHandler(_Remarks(logging.WARNING))
_log.propagate = False  # they are told where the file is, not in the log of whoever read it
