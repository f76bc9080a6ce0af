"""A probed source gets from its Matroska container what FFmpeg does not tell."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.mediainfo import AudioStream, Chapter, Disposition, MediaInfo, TextStream
from media.matroska.container import Container
from media.matroska.described import described
from media.matroska.editions import ChapterAtom, EditionEntry
from media.matroska.tracks import TrackEntry

NOTHING = Disposition()


def sound(index: int, language: str | None = "en") -> AudioStream:
    return AudioStream(
        index, "aac", 2, "stereo", 48000, Fraction(0), Fraction(9), language, None, NOTHING
    )


def words(
    index: int, language: str | None = "en", codec: str = "subrip", track: int | None = None
) -> TextStream:
    return TextStream(index, codec, False, language, None, NOTHING, track)


MEDIA = MediaInfo(
    format="matroska,webm",
    size_bytes=1000,
    start_s=Fraction(1),
    duration_s=Fraction(9),
    video=(),
    audio=(sound(0),),
    text=(words(1), words(2, codec="unknown")),
    chapters=(Chapter(Fraction(0), Fraction(1), {"und": "as FFmpeg has them"}),),
)


def entry(number: int, kind: int, codec_id: str, language: str = "") -> TrackEntry:
    return TrackEntry(number, kind, codec_id, language, 0, b"", ())


def container(
    *tracks: TrackEntry, editions: tuple[EditionEntry, ...] | None = (), damage: str = ""
) -> Container:
    return Container(0, 9, 1, tracks, editions, (damage,) if damage else ())


SOUND, WORDS = entry(4, 2, "A_AAC"), entry(5, 17, "S_TEXT/UTF8")
WEBVTT = entry(6, 17, "S_TEXT/WEBVTT")


@pytest.mark.parametrize(
    ("told", "language"),
    [
        *((tag, tag) for tag in ("zh-Hant", "zh-Hans", "es-419", "pt-BR", "sr-Latn-RS")),
        *(("zho-hant", "zh-Hant"), ("", "en"), ("und", None), ("not a tag", "en")),
    ],
)
def test_languages_are_those_of_bcp_47(told: str, language: str | None) -> None:
    tracks = (entry(4, 2, "A_AAC", told), entry(5, 17, "S_TEXT/UTF8", told), WEBVTT)
    found = described(MEDIA, container(*tracks), {})
    sounds = [stream.language for stream in found.audio]
    assert [*sounds, *(stream.language for stream in found.text)] == [language, language, "en"]


def test_text_that_ffmpeg_cannot_name_is_read_here_or_named() -> None:
    read = described(MEDIA, container(SOUND, WORDS, WEBVTT), {})
    assert read.text == (words(1), words(2, codec="webvtt", track=6))
    named = described(MEDIA, container(SOUND, WORDS, entry(6, 17, "S_TEXT/U\nSF" + "F" * 90)), {})
    assert named.text == (words(1), words(2, codec="S_TEXT/USF" + "F" * 30))
    assert (read.issues, named.issues) == ((), ())


def test_tracks_that_ffmpeg_passes_over_are_found() -> None:
    passed_over = (
        entry(1, 18, "B_VOBBTN"),
        entry(2, 17, "s_text/utf8", "pt-BR"),
        entry(3, 17, ""),
        entry(7, 2, "X_AAC"),
    )
    found = described(MEDIA, container(passed_over[0], SOUND, *passed_over[1:], WORDS, WEBVTT), {})
    assert found.text[2:] == (
        words(65, "pt-BR", "subrip", track=2),
        words(66, None, "no codec"),
    )
    assert found.unknown_audio == (67,)
    assert found.issues == ("track 1 (B_VOBBTN, type 18) is left out",)


def test_tracks_that_are_not_the_streams_of_ffmpeg_tell_nothing() -> None:
    streams = (MEDIA.audio, MEDIA.text)
    for tracks in ((WORDS, SOUND, WEBVTT), (SOUND, WORDS)):
        found = described(MEDIA, container(*tracks), {})
        assert ((found.audio, found.text), len(found.issues)) == (streams, 1)
    assert described(replace(MEDIA, text=()), container(SOUND), {}).issues == ()


def test_chapters_are_the_containers_where_it_can_be_read() -> None:
    atom = ChapterAtom(Fraction(2), None, False, True, False, (("de", "Kai"),), ())
    hidden = replace(atom, hidden=True)
    edition = EditionEntry(False, False, False, (atom, hidden))
    found = described(MEDIA, container(SOUND, WORDS, WEBVTT, editions=(edition,)), {})
    assert found.chapters == (Chapter(Fraction(2), Fraction(10), {"de": "Kai"}),)
    assert found.chapter_issues == ("1 chapter left out: hidden in the source (at 00:00:01.000)",)
    assert described(MEDIA, container(SOUND, WORDS, WEBVTT), {}).chapters == ()


def test_damage_is_told_and_leaves_what_ffmpeg_says() -> None:
    damaged = replace(container(editions=None, damage="no element at byte 9"), tracks=None)
    assert described(MEDIA, damaged, {}) == replace(
        MEDIA,
        issues=(
            "what the source says of itself is damaged (no element at byte 9): languages and"
            " chapters may be wrong",
        ),
    )
