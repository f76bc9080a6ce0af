"""Menus of audio and text: names, defaults, groups, and what players select by themselves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.facts import AudioTrack, TextRole, TextTrack
from farm.ladder import Rung
from farm.mediainfo import AudioRole
from media.packaging.languages import language_name
from media.packaging.renditions import audio_groups, captions, menu_text, voices
from media.packaging.title import Title

RUNG = Rung("h264-90p", "h264", 160, 90, Fraction(24), 48, "medium", 23, 10**6, 10**6, "")


def audio(
    stream: int,
    language: str,
    *,
    title: str = "",
    default: bool = False,
    channels: int = 2,
    bps: int = 128_000,
    role: AudioRole = "main",
) -> AudioTrack:
    name = f"audio-{stream}-{channels}-{bps // 1000}"
    return AudioTrack(name, stream, language, title, default, channels, 48000, bps, role)


def text(
    language: str,
    *,
    title: str = "",
    forced: bool = False,
    sdh: bool = False,
    role: TextRole | None = None,
) -> TextTrack:
    return TextTrack(f"text-{language}", language, title, forced, sdh, 1, None, (), role)


def menu(*tracks: AudioTrack) -> list[tuple[str, bool, bool]]:
    return [(voice.name, voice.default, voice.autoselect) for voice in voices(tracks)]


def test_tracks_without_a_title_go_by_the_name_of_their_language() -> None:
    assert menu(audio(1, "en", default=True), audio(2, "pt-BR"), audio(3, "tlh")) == [
        ("English", True, True),
        ("Português (Brasil)", False, True),
        ("Klingon", False, True),
    ]


def test_two_voices_of_one_stream_are_two_choices_each_with_its_encodings() -> None:
    english, surround = audio(1, "en", default=True), audio(1, "en", default=True, channels=6)
    tracks = (
        replace(english, voice=0),
        replace(surround, voice=0),
        replace(audio(1, "de"), name="audio-1-de", voice=1),
    )
    assert [(voice.name, len(voice.tracks)) for voice in voices(tracks)] == [
        *(("English", 2), ("Deutsch", 1)),
    ]


def test_dub_and_original_are_told_where_no_title_tells_it() -> None:
    assert menu(
        audio(1, "de", role="dub", default=True),
        audio(2, "en", role="original"),
        audio(3, "fr", role="dub", title="Version française"),
    ) == [
        ("Deutsch (dub)", True, True),
        ("English (original)", False, True),
        ("Version française", False, True),
    ]


def test_names_that_would_be_the_same_are_told_apart() -> None:
    assert menu(
        audio(1, "en", title="Stereo", default=True),
        audio(2, "de", title="Stereo"),
        audio(3, "en", role="commentary"),
        audio(4, "en", role="description"),
    ) == [
        ("Stereo", True, True),
        ("Stereo 2", False, True),
        ("English (commentary)", False, False),
        ("English (audio description)", False, True),
    ]


@pytest.mark.parametrize(
    ("tracks", "default"),
    [
        ([audio(1, "en"), audio(2, "de", default=True)], "Deutsch"),
        ([audio(1, "en"), audio(2, "de")], "English"),
        ([audio(1, "en", role="commentary"), audio(2, "de")], "Deutsch"),
        ([audio(1, "en", default=True), audio(2, "de", default=True)], "English"),
    ],
)
def test_exactly_one_voice_is_the_default(tracks: list[AudioTrack], default: str) -> None:
    assert [voice.name for voice in voices(tracks) if voice.default] == [default]


def test_a_second_track_of_a_language_does_not_select_itself() -> None:
    assert menu(audio(1, "en", default=True), audio(2, "en")) == [
        ("English", True, True),
        ("English 2", False, False),
    ]


def test_beside_video_groups_differ_by_channels_and_offer_every_voice() -> None:
    english, surround, german = audio(1, "en"), audio(1, "en", channels=6), audio(2, "de")
    title = Title(Fraction(6), Fraction(60), (RUNG,), (english, surround, german), ())
    groups = audio_groups(title)
    assert [(group.group_id, [track for _, track in group.members]) for group in groups] == [
        ("audio-stereo", [english, german]),
        ("audio-surround", [surround, german]),
    ]
    assert [group.main for group in groups] == [english, surround]


def test_beside_video_a_voice_plays_in_its_best_encoding() -> None:
    low, high = audio(1, "en", bps=64_000), audio(1, "en", bps=160_000)
    (group,) = audio_groups(Title(Fraction(6), Fraction(60), (RUNG,), (low, high), ()))
    assert group.main == high


def test_alone_groups_differ_by_rate_and_voices_lend_their_nearest() -> None:
    low, high = audio(1, "en", bps=64_500), audio(1, "en", bps=160_000)
    german = audio(2, "de", bps=96_000)
    title = Title(Fraction(6), Fraction(60), (), (high, german, low), ())
    assert [
        (group.group_id, [track for _, track in group.members]) for group in audio_groups(title)
    ] == [("audio-stereo-64500", [low, german]), ("audio-stereo-160k", [high, german])]


def test_a_silent_title_has_no_groups() -> None:
    assert audio_groups(Title(Fraction(6), Fraction(60), (RUNG,), (), ())) == ()


def test_texts_of_one_language_are_named_by_what_they_are_for() -> None:
    choices = captions([text("en"), text("en", forced=True), text("en", sdh=True), text("en")])
    assert [(c.name, c.autoselect, bool(c.characteristics)) for c in choices] == [
        ("English", True, False),
        ("English (forced)", True, False),
        ("English (SDH)", True, True),
        ("English 2", False, False),
    ]


def test_lyrics_say_so_and_select_themselves_only_where_there_is_no_other_text() -> None:
    choices = captions(
        [
            *(text("en", role="lyrics"), text("en"), text("de", role="lyrics")),
            *(text("de", role="lyrics"), text("fr", title="Paroles", role="lyrics")),
        ]
    )
    assert [(c.name, c.autoselect, c.characteristics) for c in choices] == [
        ("English (lyrics)", False, ""),
        ("English", True, ""),
        ("Deutsch (lyrics)", True, ""),
        ("Deutsch (lyrics) 2", False, ""),
        ("Paroles", True, ""),
    ]


def test_titles_given_by_people_are_kept_where_they_tell_tracks_apart() -> None:
    choices = captions([text("en", title="For fans"), text("en", title="Plain", forced=True)])
    assert [choice.name for choice in choices] == ["For fans", "Plain"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('Say "yes"', "Say 'yes'"),
        ("two\nlines\r\n#EXT-X-ENDLIST", "two lines #EXT-X-ENDLIST"),
        ("nul\x00, escape\x1b, lone \ud800 surrogate", "nul, escape, lone surrogate"),
        ("  emoji 👩‍🚀 and العربية ", "emoji 👩‍🚀 and العربية"),
    ],
)
def test_menu_text_fits_hls_quotes_and_xml(given: str, kept: str) -> None:
    assert menu_text(given) == kept


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "Deutsch"),
        ("fr", "Français"),
        ("ka", "ქართული"),  # Georgian names do not begin with a capital
        ("ms", "Bahasa Malaysia"),
        ("tlh", "Klingon"),  # it has a name in English alone
        ("zh", "中文"),
        ("zh-Hans", "中文 (简体)"),
        ("zh-Hant", "中文 (繁體)"),
        ("zh-TW", "中文 (台灣)"),
        ("yue", "粵語"),
        ("pt-PT", "Português (Portugal)"),
        ("pt-BR", "Português (Brasil)"),
        ("es-ES", "Español (España)"),
        ("es-419", "Español (Latinoamérica)"),
        ("sr", "Српски"),
        ("sr-Latn", "Srpski (latinica)"),
        ("sr-Latn-RS", "Srpski (latinica, Srbija)"),
        ("de-1996", "Deutsch (1996)"),
        ("en-u-hc-h12-x-lol", "English (u-hc-h12, x-lol)"),
        ("und", "Original"),
        ("mul", "Multilingual"),
        ("zxx", "No language"),
        ("mis", "Other"),
        ("und-Latn", "Original (Latn)"),
        ("qaa", "qaa"),
        ("x-klingon", "x-klingon"),
    ],
)
def test_a_language_goes_by_its_own_words(tag: str, name: str) -> None:
    assert language_name(tag) == name
