"""Which audio and text tracks a title gets: names, languages, roles, defaults."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from farm.errors import InvalidSpec
from farm.facts import Loudness
from farm.ladder_policy import AudioPolicy
from farm.mediainfo import AudioStream
from farm.serial import to_json
from ladders.chunks import Cuts
from planning.sound import plan_sound
from planning.tracks import find_text, plan_audio, plan_text
from planning.voices import PlannedVoice
from tests.unit.titles import (
    LOW,
    TOP,
    analysis,
    media,
    plan,
    sound,
    spec,
    steps,
    subtitle,
    subtitles,
)


def voices(*streams: AudioStream) -> list[PlannedVoice]:
    return plan_sound((), media(audio=streams))[0]


def test_surround_sources_give_stereo_and_surround_and_one_stream_is_the_default() -> None:
    seen = analysis(loudness=(Loudness(1, -20.0, 5.0, -1.0, -30.0),))
    found = media(audio=(sound(2, comment=True, default=True), sound(1, 8), sound(3)))
    planned = steps(plan(found=found, seen=seen))
    audio = {key: step.params for key, step in planned.items() if step.kind == "audio"}
    names = ("stream_index", "channels", "bps", "language", "title", "default", "role")
    assert {key: tuple(params[name] for name in names) for key, params in audio.items()} == {
        "audio:audio-0-stereo": (2, 2, 160_000, "de", "Kommentar", False, "commentary"),
        "audio:audio-1-stereo": (1, 2, 160_000, "en", "", True, "main"),
        "audio:audio-1-surround": (1, 6, 384_000, "en", "", True, "main"),
        "audio:audio-2-stereo": (3, 2, 160_000, "und", "", False, "alternate"),
    }
    assert [step.label for step in planned.values() if step.kind == "audio"] == [
        *("audio de", "audio en", "audio en surround", "audio und"),
    ]
    assert audio["audio:audio-1-surround"]["measured"] == to_json(seen.loudness[0])
    assert audio["audio:audio-2-stereo"]["measured"] is None
    assert audio["audio:audio-2-stereo"]["loudness"] == "source"
    assert audio["audio:audio-2-stereo"]["duration_s"] == "40"


def test_sound_alone_becomes_an_audio_ladder() -> None:
    found = media(video=(), audio=(sound(1), sound(2)))
    planned = plan(found=found, seen=analysis(timeline=None, duration_s=Fraction(30)))
    assert planned.ladder.rungs == ()
    assert planned.ladder.segment_s == 6
    tracks = (
        "audio:audio-0-stereo-64k",
        "audio:audio-0-stereo-96k",
        "audio:audio-0-stereo-160k",
        "audio:audio-1-stereo",
        "chapters",
    )
    made = steps(planned)
    assert set(made) == {*tracks, "package", "verify", "publish"}
    assert made["package"].params == {
        **{"segment_s": "6", "duration_s": "30", "rungs": [], "instreams": []},
    }
    assert made["verify"].inputs == ("ingest", "analyze", "package", *tracks)
    assert made["verify"].params["timeline"] is None
    assert made["publish"].inputs == ("package", "verify")


def test_text_comes_from_sidecars_and_streams_bitmaps_included() -> None:
    wish = spec(subtitles=(subtitle("en", name="Full"), subtitle("de", forced=True)))
    found = media(text=(subtitles(3, "en"), subtitles(4, None), subtitles(5, "fr", bitmap=True)))
    text = {k: s.params for k, s in steps(plan(wish, found)).items() if s.kind == "text"}
    assert {
        key: (p["language"], p["title"], p["forced"], p["from"]) for key, p in text.items()
    } == {
        "text:text-en": ("en", "Full", False, {"sidecar": 0}),
        "text:text-de-forced": ("de", "", True, {"sidecar": 1}),
        "text:text-en-2": ("en", "", False, {"stream": 3}),
        "text:text-und": ("und", "", False, {"stream": 4}),
        "text:text-fr": ("fr", "", False, {"stream": 5}),
    }


def test_two_languages_meet_in_one_track() -> None:
    wish = spec(subtitles=(subtitle("en"), subtitle("pt-BR")), dual_text=("en", "pt"))
    dual = steps(plan(wish))["text:text-en-pt-BR-dual"]
    assert dual.inputs == ("text:text-en", "text:text-pt-BR")
    assert dual.params["from"] == {"tracks": ["text-en", "text-pt-BR"]}
    assert (dual.params["language"], dual.params["title"]) == ("en", "English + Português (Brasil)")


def test_burned_in_text_goes_into_every_encode_and_into_its_reference() -> None:
    wish = spec(subtitles=(subtitle("de", forced=True), subtitle("de")), burn_in="de")
    planned = steps(plan(wish, cuts=Cuts((0, 3))))
    assert planned["encode:1"].inputs == ("ingest", "text:text-de")
    assert planned["encode:1"].params["burn_in"] is True
    renditions = (f"stitch:{LOW}", f"stitch:{TOP}")
    assert planned["measure:0"].inputs == ("ingest", *renditions, "text:text-de")
    assert planned["measure:0"].params["burn_in"] is True


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"burn_in": "fr"},
            "burn-in fr: the title has no text in it (languages with text: de, en):"
            " add --subtitles fr=FILE",
        ),
        (
            {"dual_text": ("en", "it")},
            "dual text it: the title has no text in it (languages with text: de, en):"
            " add --subtitles it=FILE",
        ),
        (
            {"dual_text": ("en", "en")},
            "dual text en+en: both are text-en: name two languages",
        ),
    ],
)
def test_a_language_without_text_is_refused(changes: dict[str, Any], message: str) -> None:
    wish = spec(subtitles=(subtitle("en"), subtitle("de")), **changes)
    with pytest.raises(InvalidSpec) as caught:
        plan(wish, media(text=(subtitles(5, "fr", bitmap=True),)))
    assert caught.value.message == message


def test_burn_in_needs_a_picture() -> None:
    wish = spec(subtitles=(subtitle("en"),), burn_in="en")
    with pytest.raises(InvalidSpec) as caught:
        plan(wish, media(video=()), analysis(timeline=None))
    assert caught.value.message == "burn-in en: the title has no picture to draw into"


@pytest.mark.parametrize(("channels", "tracks"), [(5, 1), (6, 2), (8, 2)])
def test_surround_begins_with_six_channels(channels: int, tracks: int) -> None:
    planned = plan_audio(voices(sound(1, channels)), AudioPolicy(), beside_video=True)
    assert [track.channels for track in planned] == [2, 6][:tracks]


def test_rates_of_sound_alone_are_named_in_thousands_where_they_are_whole_ones() -> None:
    policy = AudioPolicy(ladder_bps=(512_000, 96_000, 64_500))
    planned = plan_audio(voices(sound(1)), policy, beside_video=False)
    assert [(track.name, track.bps) for track in planned] == [
        ("audio-0-stereo-64500", 64_500),
        ("audio-0-stereo-96k", 96_000),
        ("audio-0-stereo-512k", 512_000),
    ]


@pytest.mark.parametrize(
    ("streams", "default"),
    [
        ((sound(1), sound(2)), 1),  # none is flagged: the first
        ((sound(1), sound(2, default=True)), 2),
        ((sound(1, visual_impaired=True, default=True), sound(2)), 2),  # narration is extra
        ((sound(1, comment=True), sound(2, visual_impaired=True)), 1),  # nothing else is there
        ((sound(2), sound(1)), 1),  # by the container's count
    ],
)
def test_the_sound_to_play_is_the_flagged_one_but_no_narration(
    streams: tuple[AudioStream, ...], default: int
) -> None:
    planned = plan_audio(voices(*streams), AudioPolicy(), beside_video=True)
    assert [track.stream_index for track in planned if track.default] == [default]


def test_of_texts_in_a_language_the_full_one_is_found_before_others() -> None:
    forced, sdh = {"forced": True}, {"hearing_impaired": True}
    offered = plan_text(
        spec(
            subtitles=(
                *(subtitle("pt-BR"), subtitle("en", **forced), subtitle("en", **sdh)),
                *(subtitle("en", role="lyrics"), subtitle("fr", role="lyrics")),
                *(subtitle("en"), subtitle("en-GB"), subtitle("de", **forced)),
                *(subtitle("de", **sdh), subtitle("pt", **forced)),
            )
        ),
        media(),
    )
    found = {
        tag: find_text(offered, tag, "burn-in").name for tag in ("en", "de", "fr", "pt", "PT-br")
    }
    assert found == {
        "en": "text-en",
        "de": "text-de-sdh",
        "fr": "text-fr-lyrics",
        "pt": "text-pt-forced",  # of that very language, before the one of a region
        "PT-br": "text-pt-BR",
    }


def test_two_languages_in_one_track_are_neither_forced_nor_for_the_deaf() -> None:
    wish = spec(
        subtitles=(subtitle("en", hearing_impaired=True), subtitle("de", forced=True)),
        dual_text=("en", "de"),
    )
    both = plan_text(wish, media())[-1]
    assert (both.name, both.language, both.title) == ("text-en-de-dual", "en", "English + Deutsch")
    assert (both.forced, both.hearing_impaired, both.convertible) == (False, False, True)


def test_tracks_of_one_name_are_numbered_from_the_second_on() -> None:
    same = plan_text(spec(subtitles=(subtitle("en"),) * 3), media())
    assert [track.name for track in same] == ["text-en", "text-en-2", "text-en-3"]


def test_one_track_is_not_two_languages_though_two_words_find_it() -> None:
    wish = spec(subtitles=(subtitle("en-GB"),), dual_text=("en", "en-GB"))
    with pytest.raises(InvalidSpec) as refused:
        plan_text(wish, media())
    assert refused.value.message == ("dual text en+en-GB: both are text-en-GB: name two languages")
