"""Which audio and text tracks a title gets: names, languages, roles, defaults."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from farm.errors import InvalidSpec
from farm.facts import Loudness
from farm.serial import to_json
from ladders.chunks import Cuts
from tests.unit.titles import TOP, analysis, media, plan, sound, spec, steps, subtitle, subtitles


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
    assert made["package"].params == {"segment_s": "6", "duration_s": "30", "rungs": []}
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
    assert planned["encode:h264:1"].inputs == ("ingest", "text:text-de")
    assert planned["encode:h264:1"].params["burn_in"] is True
    assert planned[f"measure:{TOP}"].inputs == ("ingest", f"stitch:{TOP}", "text:text-de")
    assert planned[f"measure:{TOP}"].params["burn_in"] is True


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
