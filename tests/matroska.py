"""Matroska files as tests want them, element by element: what no muxer at hand would write, too."""

from __future__ import annotations

from media.matroska import names

ENDLESS = b"\x01" + b"\xff" * 7  # the length of what tells none
HEADER_BYTES = 31  # of EBML in front of the segment of `matroska_file`
SEGMENT_HEAD_BYTES = 12

PCM_HZ = 8000


def element(kind: int, payload: bytes, length: bytes | None = None) -> bytes:
    """Return an element; `length` is what it says of its length, true or not."""
    told = (len(payload) | 1 << 56).to_bytes(8, "big") if length is None else length
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + told + payload


def endless(kind: int, *parts: bytes) -> bytes:
    return element(kind, b"".join(parts), ENDLESS)


def master(kind: int, *parts: bytes) -> bytes:
    return element(kind, b"".join(parts))


def number(kind: int, value: int) -> bytes:
    return element(kind, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def text(kind: int, value: str) -> bytes:
    return element(kind, value.encode())


def matroska_file(*parts: bytes, kind: str = "matroska") -> bytes:
    """Return a file with `parts` in its segment."""
    header = master(names.EBML, text(names.DOC_TYPE, kind))
    return header + master(names.SEGMENT, *parts)


def track(entry: int, kind: int, codec_id: str, *more: bytes, language: str = "") -> bytes:
    """Return a track without languages, but for a BCP-47 one that is given."""
    return master(
        names.TRACK_ENTRY,
        number(names.TRACK_NUMBER, entry),
        number(0x73C5, entry),  # TrackUID
        number(names.TRACK_TYPE, kind),
        text(names.CODEC_ID, codec_id),
        text(names.TRACK_LANGUAGE_BCP47, language) if language else b"",
        *more,
    )


def pcm_track(entry: int, language: str = "") -> bytes:
    """Return a track of sound, 16 bits, one channel."""
    frequency = bytes.fromhex("45fa0000")  # 8000.0
    audio = master(0xE1, element(0xB5, frequency), number(0x9F, 1), number(0x6264, 16))
    return track(entry, 2, "A_PCM/INT/LIT", audio, language=language)


def block(entry: int, relative_ms: int, payload: bytes, flags: int = 0) -> bytes:
    """Return what is in a Block or SimpleBlock."""
    return (
        bytes([0x80 | entry]) + relative_ms.to_bytes(2, "big", signed=True) + bytes([flags])
    ) + payload


def cue(entry: int, at_ms: int, lasts_ms: int | None, words: str, *more: bytes) -> bytes:
    """Return a group with a block of text, and `more` elements behind it."""
    lasts = b"" if lasts_ms is None else number(names.BLOCK_DURATION, lasts_ms)
    return master(
        names.BLOCK_GROUP, element(names.BLOCK, block(entry, at_ms, words.encode())), lasts, *more
    )


def beside(words: str, add_id: int = 1) -> bytes:
    """Return BlockAdditions."""
    more = master(
        names.BLOCK_MORE,
        element(names.BLOCK_ADDITIONAL, words.encode()),
        number(names.BLOCK_ADD_ID, add_id),
    )
    return master(names.BLOCK_ADDITIONS, more)


def cluster(at_ms: int, *blocks: bytes) -> bytes:
    return master(names.CLUSTER, number(names.TIMESTAMP, at_ms), *blocks)


def sound(entry: int, at_ms: int, lasts_ms: int) -> bytes:
    """Return a block of silence, relative to its cluster."""
    payload = bytes(2 * PCM_HZ * lasts_ms // 1000)
    return element(names.SIMPLE_BLOCK, block(entry, at_ms, payload, 0x80))


def info() -> bytes:
    return master(names.INFO, number(names.TIMESTAMP_SCALE, 1_000_000))


def chapter(start_ms: int, end_ms: int | None, *more: bytes) -> bytes:
    end = b"" if end_ms is None else number(names.CHAPTER_TIME_END, end_ms * 1_000_000)
    return master(
        names.CHAPTER_ATOM,
        number(0x73C4, start_ms + 1),  # ChapterUID
        number(names.CHAPTER_TIME_START, start_ms * 1_000_000),
        end,
        *more,
    )


def display(title: str, *languages: bytes) -> bytes:
    return master(names.CHAPTER_DISPLAY, text(names.CHAP_STRING, title), *languages)


def seek_head(*parts: tuple[int, int]) -> bytes:
    """Return a seek head of parts' IDs and their places, relative to the segment's payload."""
    seeks = (
        master(
            names.SEEK,
            element(names.SEEK_ID, kind.to_bytes(4, "big")),
            element(names.SEEK_POSITION, position.to_bytes(8, "big")),
        )
        for kind, position in parts
    )
    return master(names.SEEK_HEAD, *seeks)
