"""MP4s tell in `elng` boxes which Portuguese and which Chinese a track is in."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace
from fractions import Fraction

import pytest

from farm.mediainfo import AudioStream, Disposition, TextStream
from media.isobmff.languages import extended_languages
from media.probe.languages import in_full
from tests.unit import titles


def box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind.encode()) + body


def tkhd(track_id: int, version: int = 0) -> bytes:
    times = bytes(16 if version else 8)
    return box("tkhd", bytes([version, 0, 0, 0]), times, struct.pack(">I", track_id), bytes(60))


def elng(tag: bytes) -> bytes:
    return box("elng", bytes(4), tag)


def trak(track_id: int, *in_mdia: bytes, version: int = 0) -> bytes:
    return box("trak", tkhd(track_id, version), box("mdia", box("mdhd", bytes(24)), *in_mdia))


def languages(*boxes: bytes) -> dict[int, str]:
    return extended_languages(io.BytesIO(b"".join(boxes)))


def test_a_track_has_its_language_by_its_number() -> None:
    traks = (trak(3, elng(b"pt-BR\0")), trak(4), trak(9, elng(b"zh-Hant"), version=1))
    assert languages(
        box("ftyp"), box("mdat", bytes(50)), box("moov", box("mvhd", bytes(100)), *traks)
    ) == {3: "pt-BR", 9: "zh-Hant"}
    large = struct.pack(">I4sQ", 1, b"mdat", 16)
    assert languages(large, box("moov", trak(3, elng(b"es-419\0x")))) == {3: "es-419"}
    assert languages(box("moov", box("trak", elng(b"en")), box("trak", tkhd(1)))) == {}
    assert languages(box("ftyp")) == {}
    assert languages() == {}


def test_what_is_damaged_tells_what_stands_before() -> None:
    sound = trak(3, elng(b"pt-BR\0"))
    past_its_parent = struct.pack(">I4s", 99, b"free")
    assert languages(box("moov", sound, past_its_parent)) == {3: "pt-BR"}
    assert languages(struct.pack(">I4s", 1 << 31, b"moov"), sound) == {}
    assert languages(box("moov", sound, struct.pack(">I4s", 3, b"free"))) == {3: "pt-BR"}
    assert languages(box("moov", sound)[:-4]) == {}
    cut = box("trak", box("tkhd"), box("mdia", elng(b"en")))
    assert languages(box("moov", sound, cut)) == {3: "pt-BR"}
    assert languages(box("moov", sound, *[box("free")] * 20_000, trak(4, elng(b"en")))) == {
        3: "pt-BR"
    }


@pytest.mark.parametrize(
    ("tag", "language"), [("pt-BR", "pt-BR"), ("und", None), ("", "pt"), ("no tag", "pt")]
)
def test_the_language_in_full_counts_for_more_than_three_letters(
    tag: str, language: str | None
) -> None:
    nothing = Disposition()
    sound = AudioStream(1, "aac", 2, "stereo", 48000, Fraction(0), Fraction(9), "pt", None, nothing)
    words = TextStream(2, "mov_text", False, "pt", None, nothing)
    film = titles.media(format="mov,mp4")
    media = replace(film, audio=(sound,), text=(words,))
    streams = [{"index": 0, "id": "0x1"}, {"index": 1, "id": "0x3"}, {"index": 2, "id": "0xa"}]
    found = in_full(media, json.dumps({"streams": streams}), {10: tag, 3: tag, 7: "en"})
    assert (found.audio[0].language, found.text[0].language) == (language, language)
    assert found.video == media.video
    assert in_full(media, json.dumps({"streams": [{"index": 1}]}), {3: "en"}) == media
