"""What a Matroska file says of itself is read, however hostile it is."""

from __future__ import annotations

import io
from fractions import Fraction

import pytest

from media.matroska import names
from media.matroska.container import Container, read_container
from media.matroska.editions import ChapterAtom, EditionEntry
from media.matroska.tracks import ContentEncoding, TrackEntry
from tests.matroska import (
    chapter,
    cluster,
    display,
    element,
    endless,
    info,
    master,
    matroska_file,
    number,
    seek_head,
    sound,
    text,
    track,
)

TRACKS = master(names.TRACKS, track(1, 17, "S_TEXT/WEBVTT", language="zh-Hant"))
ENTRY = TrackEntry(1, 17, "S_TEXT/WEBVTT", "zh-Hant", 0, b"", ())
CHAPTERS = master(names.CHAPTERS, master(names.EDITION_ENTRY, chapter(1500, 3000)))
ATOM = ChapterAtom(Fraction(3, 2), Fraction(3), False, True, False, (), ())
EDITION = EditionEntry(False, False, False, (ATOM,))


def read(data: bytes) -> Container:
    found = read_container(io.BytesIO(data))
    assert found is not None
    return found


def said(data: bytes) -> tuple[object, object, tuple[str, ...]]:
    found = read(data)
    return found.tracks, found.editions, found.damage


def chapters_of(*atoms: bytes) -> tuple[ChapterAtom, ...]:
    data = matroska_file(TRACKS, master(names.CHAPTERS, master(names.EDITION_ENTRY, *atoms)))
    (edition,) = read(data).editions or ()
    return edition.chapters


def test_tracks_and_chapters_are_read_wherever_they_are() -> None:
    media = cluster(0, sound(1, 0, 10))
    head = seek_head((names.TRACKS, 0), (names.CHAPTERS, 0))
    before = len(head) + len(media)
    pointed = seek_head((names.TRACKS, before), (names.CHAPTERS, before + len(TRACKS)))
    further = len(head) + len(TRACKS)
    chained = seek_head((names.SEEK_HEAD, further), (names.SEEK_HEAD, 0))
    assert len(pointed) == len(chained) == len(head)
    everything = ((ENTRY,), (EDITION,), ())
    assert said(matroska_file(info(), TRACKS, CHAPTERS, media)) == everything
    assert said(matroska_file(TRACKS, media, CHAPTERS)) == everything  # nothing points there
    assert said(matroska_file(pointed, media, TRACKS, CHAPTERS)) == everything
    behind = seek_head((names.CHAPTERS, further + len(head)), (names.SEEK_HEAD, 0))
    assert said(matroska_file(chained, TRACKS, behind, CHAPTERS)) == everything


def test_a_live_recording_tells_no_lengths() -> None:
    header = master(names.EBML, text(names.DOC_TYPE, "webm"))
    media = endless(names.CLUSTER, number(names.TIMESTAMP, 0), sound(1, 0, 10))
    found = read(header + endless(names.SEGMENT, TRACKS, media, media))
    assert (found.tracks, found.editions, found.damage) == ((ENTRY,), (), ())
    assert (found.scale_ns, found.end - found.start) == (1_000_000, len(TRACKS + media + media))


def test_what_was_done_to_blocks_is_undone_from_the_last() -> None:
    stripping = master(
        names.CONTENT_COMPRESSION,
        number(names.CONTENT_COMP_ALGO, 3),
        element(names.CONTENT_COMP_SETTINGS, b"ab"),
    )
    first = master(names.CONTENT_ENCODING, number(names.CONTENT_ENCODING_ORDER, 0), stripping)
    second = master(
        names.CONTENT_ENCODING,
        number(names.CONTENT_ENCODING_ORDER, 1),
        number(names.CONTENT_ENCODING_SCOPE, 2),
        number(names.CONTENT_ENCODING_TYPE, 1),
    )
    encodings = master(names.CONTENT_ENCODINGS, first, second)
    more = (
        element(names.CODEC_PRIVATE, b"WEBVTT"),
        number(names.DEFAULT_DURATION, 40),
        encodings,
    )
    (entry,) = (
        read(matroska_file(master(names.TRACKS, track(3, 17, "S_X\0\0", *more)))).tracks or ()
    )
    assert entry == TrackEntry(
        *(3, 17, "S_X", "", 40, b"WEBVTT"),
        (ContentEncoding(1, False, None, b""), ContentEncoding(0, True, 3, b"ab")),
    )


def test_a_chapter_has_its_flags_and_its_title_in_every_language() -> None:
    bcp47 = (text(names.CHAP_LANGUAGE_BCP47, "pt-BR"), text(names.CHAP_LANGUAGE_BCP47, "pt-PT"))
    flags = (
        number(names.CHAPTER_FLAG_HIDDEN, 1),
        number(names.CHAPTER_FLAG_ENABLED, 0),
        element(names.CHAPTER_SEGMENT_UUID, bytes(16)),
    )
    (atom,) = chapters_of(
        chapter(
            *(0, None),
            *flags,
            display("Kai", text(names.CHAP_LANGUAGE, "ger")),
            display("Cais", text(names.CHAP_LANGUAGE, "por"), *bcp47),
            display("Quay"),
            chapter(0, 10),
        )
    )
    titles = (("ger", "Kai"), ("pt-BR", "Cais"), ("pt-PT", "Cais"), ("eng", "Quay"))
    inside = ChapterAtom(Fraction(0), Fraction(1, 100), False, True, False, (), ())
    assert atom == ChapterAtom(Fraction(0), None, True, False, True, titles, (inside,))


def test_flags_of_an_edition() -> None:
    flags = (names.EDITION_FLAG_HIDDEN, names.EDITION_FLAG_DEFAULT, names.EDITION_FLAG_ORDERED)
    entries = [master(names.EDITION_ENTRY, number(flag, 1)) for flag in flags]
    entries.append(master(names.EDITION_ENTRY, *(number(flag, 0) for flag in flags)))
    assert read(matroska_file(master(names.CHAPTERS, *entries))).editions == (
        EditionEntry(True, False, False, ()),
        EditionEntry(False, True, False, ()),
        EditionEntry(False, False, True, ()),
        EditionEntry(False, False, False, ()),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00\x00\x18ftypisom",
        b"\x1a\x45\xdf\xa3",
        matroska_file(kind="other"),
        master(names.EBML, text(names.DOC_TYPE, "matroska")),
        master(names.EBML, text(names.DOC_TYPE, "matroska")) + master(names.TRACKS),
    ],
)
def test_what_is_no_matroska_is_none(data: bytes) -> None:
    assert read_container(io.BytesIO(data)) is None


def test_damage_costs_the_part_it_is_in() -> None:
    long_text = text(names.CHAP_STRING, "x" * (64 * 1024 + 1))
    too_long = master(names.EDITION_ENTRY, chapter(0, 1, master(names.CHAPTER_DISPLAY, long_text)))
    deep = b""
    for _ in range(9):
        deep = chapter(0, 1, deep)
    many = master(names.TRACKS, *[track(1, 17, "S")] * 257)
    for part, complaint in (
        (too_long, "has 65,537 bytes, more than 65,536"),
        (master(names.EDITION_ENTRY, deep), "chapters within chapters, more than 8 deep"),
        (b"".join([master(names.EDITION_ENTRY)] * 101), "more than 100 editions"),
        (element(names.EDITION_ENTRY, b"", b"\x8f"), "runs past its parent"),
        (b"\x00" * 8, "no element at byte"),
    ):
        tracks, editions, damage = said(
            matroska_file(TRACKS, master(names.CHAPTERS, part), b"\xec\x80")
        )
        assert (tracks, editions, len(damage)) == ((ENTRY,), None, 1)
        assert complaint in damage[0]
    tracks, editions, damage = said(matroska_file(many, CHAPTERS))
    assert (tracks, editions, damage) == (None, (EDITION,), ("it has more than 256 tracks",))


@pytest.mark.parametrize("lost_bytes", [1, 20, len(CHAPTERS)])
def test_a_file_that_was_cut_short_keeps_what_is_whole(lost_bytes: int) -> None:
    found = read(matroska_file(TRACKS, CHAPTERS)[:-lost_bytes])
    assert found.tracks == (ENTRY,)
    whole = lost_bytes == len(CHAPTERS)
    assert (found.editions, len(found.damage)) == (((), 0) if whole else (None, 1))


def test_chapters_that_are_not_where_they_should_be_are_missed() -> None:
    lost = ("its tracks or chapters are not where it says",)
    for position in (0, 1 << 40):
        data = matroska_file(seek_head((names.CHAPTERS, position)), TRACKS)
        assert said(data) == ((ENTRY,), (), lost)
