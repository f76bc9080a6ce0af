"""Sidecars and finished tracks: into clean tracks, dropped with a reason, or refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from farm.errors import InvalidSource
from farm.facts import ChapterList, TextRole, TextTrack
from farm.parts import Part, Product
from farm.serial import to_json
from farm.spec import JobSpec
from planning.params import ChaptersParams
from planning.text_origin import FromSidecar, FromTracks
from tests.conftest import MakeContext, a_spec, stored
from tests.media.text_track import (
    CLIPPED,
    DURATION,
    FROM_SRT,
    FROM_VTT,
    PADDING,
    SRT,
    a_chapter,
    listed,
    made,
    sidecar,
    text_params,
    track,
)
from workers.steps import chapters, text


@pytest.fixture
def spec(tmp_path: Path) -> JobSpec:
    given = {"language": "de", "uri": "/in/de.srt"}
    return a_spec(tmp_path / "x.mp4", tmp_path / "o", subtitles=[given], chapters="/in/c.json")


def test_a_sidecar_in_an_old_encoding_becomes_a_clean_track(
    tmp_path: Path, step_context: MakeContext, spec: JobSpec
) -> None:
    part = sidecar(tmp_path, SRT.replace("\n", "\r\n").encode("cp1252"))
    params = text_params(FromSidecar(0))
    context = step_context(params=params, inputs={"ingest#sidecar-0": part}, spec=spec)
    guessed = "read as cp1252: the file does not say its encoding"
    assert made(text.run(context)) == (track(2, guessed, CLIPPED), FROM_SRT)


def test_lyrics_are_known_by_their_file_and_keep_the_times_of_their_words(
    tmp_path: Path, step_context: MakeContext, spec: JobSpec
) -> None:
    part = sidecar(tmp_path, b"[00:00.50]The <00:01.00>kettle\n[00:01.50]\n")
    params = text_params(FromSidecar(0))
    context = step_context(params=params, inputs={"ingest#sidecar-0": part}, spec=spec)
    assert made(text.run(context)) == (
        replace(track(1), role="lyrics"),
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n"
        f"<c>The </c><00:00:01.000><c>kettle</c>\n\n{PADDING}",
    )


def test_a_track_is_lyrics_where_the_request_says_so(
    tmp_path: Path, step_context: MakeContext, spec: JobSpec
) -> None:
    part = sidecar(tmp_path, SRT.encode())
    params = replace(text_params(FromSidecar(0)), role="lyrics")
    context = step_context(params=params, inputs={"ingest#sidecar-0": part}, spec=spec)
    assert made(text.run(context))[0] == replace(track(2, CLIPPED), role="lyrics")


@pytest.mark.parametrize(
    ("data", "reason", "issues"),
    [
        (b" \n", "it is empty", ()),
        (b"WEBVTT\n\n", "no cues are left inside the title", ()),
        (
            b"WEBVTT\n\n01:00:00.000 --> 01:00:01.000\nlate\n",
            "no cues are left inside the title",
            ("1 cue dropped: after the title's end (at 01:00:00.000)",),
        ),
    ],
)
def test_a_sidecar_without_cues_in_the_title_is_dropped_not_fatal(
    tmp_path: Path,
    step_context: MakeContext,
    spec: JobSpec,
    data: bytes,
    reason: str,
    issues: tuple[str, ...],
) -> None:
    part = sidecar(tmp_path, data)
    params = text_params(FromSidecar(0))
    context = step_context(params=params, inputs={"ingest#sidecar-0": part}, spec=spec)
    assert made(text.run(context)) == (track(0, *issues, dropped=reason), None)


def test_a_sidecar_that_is_no_subtitles_is_refused_by_name(
    tmp_path: Path, step_context: MakeContext, spec: JobSpec
) -> None:
    part = sidecar(tmp_path, b"Dear all, see attached.")
    params = text_params(FromSidecar(0))
    context = step_context(params=params, inputs={"ingest#sidecar-0": part}, spec=spec)
    with pytest.raises(InvalidSource, match=r"^subtitles '/in/de\.srt': not usable as subtitles"):
        text.run(context)


def a_track(tmp_path: Path, name: str, content: str | None, role: TextRole | None = None) -> Part:
    if content is None:
        return Part(to_json(track(0, dropped="it is empty", name=name)))
    path = tmp_path / f"{name}.vtt"
    path.write_text(content, "utf-8")
    facts = to_json(replace(track(1, name=name), role=role))
    return stored(Product(facts, {"text.vtt": path}))


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        (
            FROM_VTT,
            (
                track(2),
                "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n<i>Grüße</i> &amp; more\n"
                "<v Emo>Grüße</v>\n\n00:00:02.000 --> 00:00:04.250\nsecond\nline\n\n" + PADDING,
            ),
        ),
        (None, (track(0, dropped="text-b was dropped: it is empty"), None)),
    ],
)
def test_two_tracks_become_one_if_both_are_there(
    tmp_path: Path,
    step_context: MakeContext,
    below: str | None,
    expected: tuple[TextTrack, str | None],
) -> None:
    inputs = {
        "text:text-a": a_track(tmp_path, "text-a", FROM_SRT),
        "text:text-b": a_track(tmp_path, "text-b", below),
    }
    params = text_params(FromTracks(("text-a", "text-b")))
    assert made(text.run(step_context(params=params, inputs=inputs))) == expected


@pytest.mark.parametrize(("above", "both"), [("lyrics", "lyrics"), (None, None)])
def test_two_tracks_of_lyrics_are_lyrics(
    tmp_path: Path, step_context: MakeContext, above: TextRole | None, both: TextRole | None
) -> None:
    inputs = {
        "text:text-a": a_track(tmp_path, "text-a", FROM_SRT, above),
        "text:text-b": a_track(tmp_path, "text-b", FROM_VTT, "lyrics"),
    }
    params = text_params(FromTracks(("text-a", "text-b")))
    made_of_both, _ = made(text.run(step_context(params=params, inputs=inputs)))
    assert made_of_both == replace(track(2), role=both)


def test_a_sidecar_of_chapters_wins_and_without_any_there_is_no_file(
    tmp_path: Path, step_context: MakeContext, spec: JobSpec
) -> None:
    params = ChaptersParams(sidecar=True, duration_s=DURATION)
    one = json.dumps([{"start": 1, "title": "A"}]).encode()
    for data, expected in (
        (
            one,
            (
                ChapterList((a_chapter("1", "17/4", "A"),), ()),
                "WEBVTT\n\n00:00:01.000 --> 00:00:04.250\nA\n\n",
            ),
        ),
        (b"[]", (ChapterList((), ()), None)),
    ):
        part = sidecar(tmp_path, data)
        context = step_context(params=params, inputs={"ingest#chapters": part}, spec=spec)
        assert listed(chapters.run(context)) == expected
