"""Files beside a title's media, known by their names."""

from __future__ import annotations

import pytest

from farm.sidecars import (
    Beside,
    Sidecar,
    beside,
    has_suffix,
    is_sidecar,
    is_unfinished,
    sidecar_of,
    stem_of,
    titles_in,
)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("movie.en.srt", Sidecar("en")),
        ("movie.de.forced.vtt", Sidecar("de", forced=True)),
        ("movie.ger.sdh.ass", Sidecar("de", hearing_impaired=True)),
        ("movie.en.cc.srt", Sidecar("en", hearing_impaired=True)),
        ("movie.en.forced.sdh.srt", Sidecar("en", forced=True, hearing_impaired=True)),
        ("movie.pt_BR.SRT", Sidecar("pt-BR")),
        ("movie.zh-Hant.TTML", Sidecar("zh-Hant")),
        ("movie.chapters.vtt", Sidecar(None)),
        ("movie.Chapters.json", Sidecar(None)),
    ],
)
def test_a_sidecar_is_known_by_its_name(name: str, what: Sidecar) -> None:
    assert sidecar_of("movie", name) == what
    assert is_sidecar(name)
    assert sidecar_of("my.movie.part-1", f"my.movie.part-1{name.removeprefix('movie')}") == what


@pytest.mark.parametrize(
    "name",
    [
        *("movie.mp4", "movie.srt", "movie..srt", "movie.en.mp4", "movie.en", "movie.", "movie"),
        *("movie.part2.en.srt", "movie.klingonese.srt", "movie.und.srt", "movie.en.loud.srt"),
        *("movie.en.forced.forced.srt", "movie.chapters.en.vtt", "movie.chapters.srt"),
        *("movie.forced.en.srt", "movies.en.srt", "Movie.en.srt", "xmovie.en.srt", "en.srt", ""),
    ],
)
def test_what_is_named_otherwise_is_no_sidecar(name: str) -> None:
    assert sidecar_of("movie", name) is None
    assert sidecar_of("", name) is None


def test_a_name_may_be_a_sidecar_of_media_that_is_not_known() -> None:
    assert is_sidecar("a.b.c.de.forced.vtt")
    assert [is_sidecar(name) for name in ("en.srt", "movie.mp4", "a.b.c.jpg", "", ".")] == [
        False
    ] * 5


def test_of_two_files_that_are_the_same_to_a_title_the_first_is_taken() -> None:
    names = ["m.en.vtt", "m.en.srt", "m.en.sdh.srt", "m.chapters.vtt", "m.chapters.json", "m.mp4"]
    assert beside("m", names) == Beside(
        (("m.en.sdh.srt", Sidecar("en", hearing_impaired=True)), ("m.en.srt", Sidecar("en"))),
        "m.chapters.json",
    )
    many = [f"m.en-x-n{number}.srt" for number in range(100)]
    assert len(beside("m", many).subtitles) == 64


def test_stems_and_suffixes() -> None:
    names = ("a.mp4", "a.b.mp4", ".mp4", "a", "a.", "")
    assert [stem_of(name) for name in names] == ["a", "a.b", ".mp4", "a", "a", ""]
    taken = [has_suffix(name, ("mp4", "MKV")) for name in ("A.MP4", "a.mkv", "amp4", "mp4")]
    assert taken == [True, True, False, False]


def test_a_folder_has_titles_each_with_what_lies_beside_it() -> None:
    names = ["movie.mp4", "movie.2.mkv", "movie.en.srt", "movie.2.de.srt", "2.ts", "movie.jpg"]
    assert titles_in(names) == {
        "2.ts": Beside(),
        "movie.2.mkv": Beside((("movie.2.de.srt", Sidecar("de")),)),
        "movie.mp4": Beside((("movie.en.srt", Sidecar("en")),)),
    }
    of_one_name = titles_in(["song.wav", "song.mov", "song.en.lrc"])
    assert [len(its.subtitles) for its in of_one_name.values()] == [1, 1]


@pytest.mark.parametrize(
    "name",
    [
        *(".movie.mp4", ".movie.mp4.Xa31bC", "movie.mp4.part", "movie.mp4.filepart", "movie.tmp"),
        *("movie.mp4.crdownload", "~movie.mp4", "movie.mp4~", "movie.mp4.PARTIAL"),
    ],
)
def test_names_of_what_is_still_written_are_no_titles(name: str) -> None:
    assert is_unfinished(name)
    assert titles_in([name]) == {}
    assert titles_in(["movie.mp4", ".movie.en.srt", "movie.en.srt.part"]) == {"movie.mp4": Beside()}


@pytest.mark.parametrize("name", ["movie.mp4", "part.mp4", "movie.part1.mkv", "MOVIE.MXF"])
def test_other_names_of_media_are(name: str) -> None:
    assert not is_unfinished(name)
    assert list(titles_in([name])) == [name]


@pytest.mark.parametrize("name", ["movie.jpg", "readme.txt", "movie", "movie.en.srt", "a.json"])
def test_what_is_no_media_is_no_title(name: str) -> None:
    assert titles_in([name]) == {}
