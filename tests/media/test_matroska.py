"""Matroska as FFmpeg does not tell it: text, languages and chapters, through the steps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import InvalidSource, UnsupportedMedia
from farm.facts import ChapterList, TextTrack
from farm.mediainfo import Chapter, MediaInfo
from farm.parts import Part
from media.matroska import names
from planning.params import ChaptersParams
from planning.text_origin import FromStream
from planning.tracks import plan_text
from tests.conftest import MakeContext
from tests.matroska import (
    beside,
    chapter,
    cluster,
    cue,
    display,
    info,
    master,
    matroska_file,
    number,
    pcm_track,
    sound,
    text,
    track,
)
from tests.media.media_factory import Clips, tone
from tests.media.source_steps import analysis_of, ingested, source_of, spec_of
from tests.media.text_track import DURATION, PADDING, listed, made, text_params
from tests.media.text_track import track as text_track
from workers.steps import chapters
from workers.steps import text as text_step

START_MS = 2000  # of the file's clock, where the title begins


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Make 4.25 s of sound with tracks of every kind beside it, none of which FFmpeg writes."""
    tracks = master(
        names.TRACKS,
        track(9, 18, "B_VOBBTN"),
        pcm_track(1, "es-419"),
        track(2, 17, "S_TEXT/WEBVTT", language="zh-Hant"),
        track(3, 17, "S_TEXT/UTF8", language="pt-BR"),
        track(4, 17, "S_TEXT/USF", language="zh-Hans"),
        track(5, 33, "D_WEBVTT/METADATA"),
        track(6, 17, "S_TEXT/UTF8", number(0x55AD, 1)),  # FlagTextDescriptions
        track(7, 17, "s_text/utf8", language="de"),
    )
    german = text(names.CHAP_LANGUAGE_BCP47, "de")
    hidden = number(names.CHAPTER_FLAG_HIDDEN, 1)
    edition = master(
        names.EDITION_ENTRY,
        chapter(START_MS, START_MS + 2000, display("The quay"), display("Der Kai", german)),
        chapter(START_MS + 1000, START_MS + 2000, hidden, display("Editor note")),
        chapter(START_MS + 2000, START_MS + 4250, display("The crossing")),
    )
    secret = master(
        names.EDITION_ENTRY,
        number(names.EDITION_FLAG_HIDDEN, 1),
        chapter(START_MS + 500, START_MS + 900, display("Secret")),
    )
    words = (
        cue(2, 500, 1000, "Grüße", beside("line:0 align:start\nfirst\n")),
        *(cue(entry, 600, 500, f"Text {entry}") for entry in (3, 4, 6)),
        cue(5, 600, 500, "\n\nText 5"),  # as old WebM has it; FFmpeg stops at any other
        cue(7, 700, None, "<i>Seven</i>"),
        cue(2, 2000, 9000, "second\nline"),
    )
    path = tmp_path / "film.mkv"
    path.write_bytes(
        matroska_file(
            info(),
            tracks,
            master(names.CHAPTERS, secret, edition),
            cluster(START_MS, sound(1, 0, 2000), *words, sound(1, 2000, 2250)),
        )
    )
    return path


def media_of(part: Part) -> MediaInfo:
    return source_of(part).media


def test_every_track_is_found_in_its_language_and_the_rest_is_named(
    step_context: MakeContext, source: Path
) -> None:
    media = media_of(ingested(step_context, source))
    assert media.start_s == 2
    assert [(each.index, each.codec, each.language) for each in media.audio] == [
        (0, "pcm_s16le", "es-419")
    ]
    assert [(each.index, each.codec, each.language, each.track) for each in media.text] == [
        (1, "webvtt", "zh-Hant", 2),
        (2, "subrip", "pt-BR", None),
        (3, "S_TEXT/USF", "zh-Hans", None),
        (4, "webvtt", "en", None),
        (5, "subrip", "en", None),
        (65, "subrip", "de", 7),
    ]
    assert media.issues == ("track 9 (B_VOBBTN, type 18) is left out",)


@pytest.mark.parametrize(
    ("stream", "facts", "cues"),
    [
        (
            1,
            text_track(2, "1 cue clipped to the title's end (at 00:00:02.000)"),
            "00:00:00.500 --> 00:00:01.500 line:0 align:start\nGrüße\n\n"
            "00:00:02.000 --> 00:00:04.250\nsecond\nline\n\n",
        ),
        (2, text_track(1), "00:00:00.600 --> 00:00:01.100\nText 3\n\n"),
        (65, text_track(1, "1 cue clipped to the title's end (at 00:00:00.700)"),
         "00:00:00.700 --> 00:00:04.250\n<i>Seven</i>\n\n"),
        *(
            (stream, text_track(0, dropped=reason), None)
            for stream, reason in (
                (3, "subtitles of the kind 'S_TEXT/USF' are not converted to text"),
                (4, "text for programs is not shown"),
                (5, "text that describes the picture is to be spoken, not shown"),
            )
        ),
    ],
)  # fmt: skip
def test_text_becomes_a_track_on_the_titles_clock_or_says_why_not(
    step_context: MakeContext,
    source: Path,
    stream: int,
    facts: TextTrack,
    cues: str | None,
) -> None:
    part = ingested(step_context, source)
    params = text_params(FromStream(stream))
    context = step_context(params=params, inputs={"ingest": part}, source=source)
    file = None if cues is None else f"WEBVTT\n\n{cues}{PADDING}"
    track, written = made(text_step.run(context))
    assert (track, written) == (replace(facts, stream_index=stream), file)


def test_tracks_of_one_language_in_two_scripts_are_told_apart(
    step_context: MakeContext, source: Path
) -> None:
    media = media_of(ingested(step_context, source))
    planned = [(each.name, each.language) for each in plan_text(spec_of(source), media)]
    assert planned[:3] == [
        ("text-zh-Hant", "zh-Hant"),
        ("text-pt-BR", "pt-BR"),
        ("text-zh-Hans", "zh-Hans"),
    ]


def test_chapters_for_viewers_are_listed_in_every_language(
    step_context: MakeContext, source: Path
) -> None:
    part = ingested(step_context, source)
    params = ChaptersParams(sidecar=False, duration_s=DURATION)
    context = step_context(params=params, inputs={"ingest": part}, source=source)
    found, _ = listed(chapters.run(context))
    assert found == ChapterList(
        (
            Chapter(Fraction(0), Fraction(2), {"en": "The quay", "de": "Der Kai"}),
            Chapter(Fraction(2), DURATION, {"en": "The crossing"}),
        ),
        (
            "1 edition of the chapters left out: hidden in the source",
            "1 chapter left out: hidden in the source (at 00:00:01.000)",
        ),
    )


def test_sound_that_ffmpeg_passes_over_is_refused(
    step_context: MakeContext, tmp_path: Path
) -> None:
    tracks = master(names.TRACKS, pcm_track(1), track(2, 2, "X_SOUND"))
    path = tmp_path / "film.mkv"
    path.write_bytes(matroska_file(info(), tracks, cluster(0, sound(1, 0, 1000))))
    with pytest.raises(UnsupportedMedia, match="sound of a kind that no decoder here knows"):
        ingested(step_context, path)


def test_damage_that_ffmpeg_passes_over_is_named(step_context: MakeContext, tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    cut = master(names.CHAPTERS, master(names.EDITION_ENTRY, b"\x00\x00"))
    tracks = master(names.TRACKS, pcm_track(1, "pt-BR"))
    path.write_bytes(matroska_file(info(), tracks, cluster(0, sound(1, 0, 1000)), cut))
    media = media_of(ingested(step_context, path))
    assert [stream.language for stream in media.audio] == ["pt-BR"]
    (issue,) = media.issues
    assert issue.startswith("what the source says of itself is damaged (no element at byte ")


def test_a_cue_that_ffmpeg_would_lose_is_shown_and_said(
    step_context: MakeContext, tmp_path: Path
) -> None:
    tracks = master(names.TRACKS, pcm_track(1), track(2, 17, "D_WEBVTT/SUBTITLES"))
    words = (cue(2, 500, 500, "first\n\nOne"), cue(2, 1000, 500, "Two"))
    source = tmp_path / "old.webm"
    source.write_bytes(matroska_file(info(), tracks, cluster(0, *words, sound(1, 0, 4250))))
    part = ingested(step_context, source)
    context = step_context(
        params=text_params(FromStream(1)), inputs={"ingest": part}, source=source
    )
    found, written = made(text_step.run(context))
    assert written is not None
    assert "\nOne\n" in written
    assert "\nTwo\n" in written
    assert found.issues == (
        "1 cue lacks the lines for name and settings: what was there is shown as text",
    )


def test_sound_that_ffmpeg_passes_over_without_a_word_is_missed(
    step_context: MakeContext, tmp_path: Path
) -> None:
    unknown = (track(3, 17, "S_TEXT/USF"), track(2, 33, "D_WEBVTT/METADATA"))  # read on for these
    tracks = master(names.TRACKS, pcm_track(1), *unknown)
    stops = cue(2, 500, 500, "FFmpeg gives this cluster up")
    source = tmp_path / "stops.mkv"
    source.write_bytes(
        matroska_file(
            *(info(), tracks),
            cluster(0, sound(1, 0, 2000), stops, sound(1, 2000, 1500), sound(1, 3500, 500)),
        )
    )
    with pytest.raises(InvalidSource) as caught:
        analysis_of(step_context, source, ingested(step_context, source))
    assert caught.value.detail["survived_s"] == 2
    assert "2.0 s of it can be read, 2.0 s are missing" in caught.value.message


def test_a_recording_that_was_never_finished_is_as_long_as_its_blocks(
    step_context: MakeContext, clips: Clips
) -> None:
    source = clips.make("live.webm", *tone(3), "-c:a", "libopus", "-live", "1")
    media = media_of(ingested(step_context, source))
    assert media.audio[0].duration_s == media.duration_s
    assert media.duration_s == pytest.approx(3, abs=0.05)
