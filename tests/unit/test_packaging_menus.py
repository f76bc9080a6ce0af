"""Menus at the edges: which voice answers for a language, which encoding stands in for another."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.facts import AudioTrack
from farm.ladder import Rung
from media.isobmff.fragments import Segment
from media.packaging.command import package
from media.packaging.multivariant import Measured, multivariant
from media.packaging.pointer import point_dash, point_hls
from media.packaging.rates import Rates, buffer_s, measure
from media.packaging.renditions import audio_groups, captions, menu_text, voices
from media.packaging.title import Title
from tests.unit.test_packaging_multivariant import ENGLISH, MEASURED, TITLE
from tests.unit.test_packaging_rates import segment
from tests.unit.test_packaging_renditions import RUNG, audio, menu, text


def test_of_one_language_the_default_alone_answers_wherever_it_stands() -> None:
    # RFC 8216, 4.3.4.1.1: members with AUTOSELECT=YES differ in what they are selected by.
    assert menu(audio(1, "en"), audio(2, "en", default=True), audio(3, "de")) == [
        ("English", False, False),
        ("English 2", True, True),
        ("Deutsch", False, True),
    ]


def test_a_commentary_never_selects_itself_and_a_description_once() -> None:
    assert menu(
        audio(1, "en"),
        audio(2, "de", role="commentary"),
        audio(3, "en", role="description"),
        audio(4, "en", role="description"),
        audio(5, "de"),
    ) == [
        ("English", True, True),
        ("Deutsch (commentary)", False, False),
        ("English (audio description)", False, True),
        ("English (audio description) 2", False, False),
        ("Deutsch", False, True),
    ]
    assert menu(audio(1, "en", role="commentary")) == [("English (commentary)", True, True)]
    described = voices([audio(1, "en"), audio(2, "en", role="description")])
    said = ["", "public.accessibility.describes-video"]
    assert [voice.characteristics for voice in described] == said


def test_titles_that_people_gave_twice_are_told_apart_by_what_they_are_for() -> None:
    assert [name for name, *_ in menu(*(audio(n, "en", title="English") for n in (1, 2, 3)))] == [
        *("English", "English 2", "English 3"),
    ]
    both = menu(audio(1, "de", title="Ton"), audio(2, "de", title="Ton", role="commentary"))
    assert [name for name, *_ in both] == ["Ton", "Ton (commentary)"]
    taken = [audio(n, "en", title=name) for n, name in enumerate(("A", "A 2", "A"))]
    assert [name for name, *_ in menu(*taken)] == ["A", "A 2", "A 3"]


def test_forced_text_always_answers_and_is_named_by_all_it_is() -> None:
    choices = captions(
        [
            *(text("en", forced=True), text("en", forced=True, sdh=True)),
            *(text("en", forced=True), text("en", sdh=True), text("en", sdh=True), text("de")),
        ]
    )
    assert [(choice.name, choice.autoselect) for choice in choices] == [
        *(("English (forced)", True), ("English (forced, SDH)", True)),
        *(("English (forced) 2", True), ("English (SDH)", True)),
        *(("English (SDH) 2", False), ("Deutsch", True)),
    ]


def test_nothing_to_hear_is_no_menu() -> None:
    assert (voices([]), captions([]), menu_text(" \t")) == ((), (), "")
    assert audio_groups(Title(Fraction(6), Fraction(60), (), (), ())) == ()


def groups(*tracks: AudioTrack, rungs: tuple[Rung, ...] = ()) -> dict[str, list[AudioTrack]]:
    made = audio_groups(Title(Fraction(6), Fraction(60), rungs, tracks, ()))
    return {group.group_id: [track for _, track in group.members] for group in made}


def test_the_nearest_encoding_has_the_layout_first_and_then_the_rate() -> None:
    english = [audio(1, "en", bps=bps) for bps in (64_000, 160_000)]
    german = [audio(2, "de", bps=bps) for bps in (48_000, 150_000, 256_000)]
    surround = audio(2, "de", channels=6, bps=160_000)
    assert groups(*english, surround, *german) == {
        "audio-stereo-64k": [english[0], german[0]],
        "audio-stereo-160k": [english[1], german[1]],
    }


@pytest.mark.parametrize(("channels", "layout"), [(1, "stereo"), (2, "stereo"), (3, "surround")])
def test_more_than_two_channels_are_surround(channels: int, layout: str) -> None:
    track = audio(1, "en", channels=channels, bps=96_000)
    assert groups(track) == {f"audio-{layout}-96k": [track]}
    assert groups(track, rungs=(RUNG,)) == {f"audio-{layout}": [track]}


def test_each_layout_is_heard_in_its_own_group() -> None:
    stereo, wide = audio(1, "en"), audio(1, "en", channels=3)
    made = groups(wide, stereo, rungs=(RUNG,))
    assert made == {"audio-stereo": [stereo], "audio-surround": [wide]}


# --- the multivariant playlist ---------------------------------------------------------------


def uris(title: Title, measured: dict[str, Measured]) -> list[str]:
    lines = multivariant(title, measured).splitlines()
    return [line.removesuffix("/playlist.m3u8") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("video_bps", "first"), [(1_870_000, "mid"), (1_870_001, "low")])
def test_players_start_with_at_most_two_megabits_the_sound_included(
    video_bps: int, first: str
) -> None:
    mid = replace(MEASURED["mid"], rates=Rates(video_bps, 2_500_000))
    assert uris(TITLE, {**MEASURED, "mid": mid})[0] == first  # beside 130,000 bit/s of sound


def test_one_picture_starts_with_the_plain_sound() -> None:
    surround = replace(ENGLISH, name="audio-1-6", channels=6)
    title = replace(TITLE, rungs=TITLE.rungs[:1], audios=(surround, ENGLISH), texts=())
    measured = {**MEASURED, "audio-1-6": Measured("mp4a.40.2", Rates(390_000, 400_000))}
    lines = [line for line in multivariant(title, measured).splitlines() if "#EXT-X-STR" in line]
    assert [line.partition("AUDIO=")[2].split(",")[0] for line in lines] == [
        *('"audio-stereo"', '"audio-surround"'),
    ]


def test_voices_alone_are_groups_that_start_with_the_best_rate_most_networks_carry() -> None:
    english = [audio(1, "en", bps=bps, default=True) for bps in (64_000, 160_000)]
    german = audio(2, "de", bps=96_000)
    title = Title(Fraction(6), Fraction(60), (), (*english, german), ())
    measured = {
        track.name: Measured("mp4a.40.2", Rates(track.bps, track.bps + 9)) for track in title.audios
    }
    lines = multivariant(title, measured).splitlines()
    assert [line.partition("GROUP-ID=")[2].split(",")[0] for line in lines[3:7]] == [
        *('"audio-stereo-64k"', '"audio-stereo-64k"'),
        *('"audio-stereo-160k"', '"audio-stereo-160k"'),
    ]
    assert lines[7:] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=160009,AVERAGE-BANDWIDTH=160000,CODECS="mp4a.40.2",'
        'AUDIO="audio-stereo-160k",CLOSED-CAPTIONS=NONE',
        "audio-1-2-160/playlist.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=96009,AVERAGE-BANDWIDTH=96000,CODECS="mp4a.40.2",'
        'AUDIO="audio-stereo-64k",CLOSED-CAPTIONS=NONE',
        "audio-1-2-64/playlist.m3u8",
    ]


def test_i_frames_whose_rates_are_unknown_are_told_by_those_of_the_whole() -> None:
    low = replace(MEASURED["low"], iframe_rates=None)
    text_of = multivariant(TITLE, {**MEASURED, "low": low})
    assert "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=200000," in text_of


# --- what goes through ----------------------------------------------------------------------


def test_a_fragment_lasts_as_long_as_the_shortest_gop() -> None:
    rungs = [
        replace(RUNG, gop_frames=frames, fps=Fraction(fps))
        for frames, fps in ((96, 24), (75, 50), (60, 30))
    ]
    args = package(Title(Fraction(6), Fraction(60), tuple(rungs), (), ())).args
    assert args[args.index("--fragment_duration") + 1] == "1.500000"


def test_a_pointer_leaves_empty_lines_and_remarks_alone() -> None:
    assert point_hls("#EXTM3U\n\n# a/b\na/b\n \nc", "g1") == "#EXTM3U\n\n# a/b\ng1/a/b\n \ng1/c"


MPD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">{}</MPD>'


def test_base_urls_stand_behind_every_program_information() -> None:
    informed = MPD.format("<ProgramInformation/><ProgramInformation/><Period/>")
    pointed = "<ProgramInformation/><ProgramInformation/><BaseURL>g1/</BaseURL><Period/>"
    assert point_dash(informed.encode(), "g1").decode().endswith(MPD.format(pointed))
    bare = point_dash(MPD.format("<Period/>").encode(), "g1/").decode()
    assert bare.startswith("<?xml version='1.0' encoding='UTF-8'?>\n")
    assert bare.endswith(MPD.format("<BaseURL>g1/</BaseURL><Period/>"))


def test_an_entity_of_an_mpd_is_not_what_it_stands_for() -> None:
    doctype = '<!DOCTYPE MPD [<!ENTITY own "what it stands for">]>'
    pointed = point_dash((doctype + MPD.format("<Period>&own;</Period>")).encode(), "g1").decode()
    assert "<Period>&own;</Period>" in pointed


def test_without_segments_nothing_has_to_be_buffered() -> None:
    assert buffer_s([], 1, 800) == 0.0


def test_what_a_light_segment_saved_is_counted_in_bits() -> None:
    light, heavy = segment(0, [100, 0, 0, 0]), segment(4, [400, 0, 0, 0])
    assert buffer_s([light, heavy], 1, 800) == 4.0  # who starts at the heavy one waits for it


def test_a_stretch_longer_than_one_and_a_half_targets_is_no_peak() -> None:
    # The first 7 s have 2286 bit/s; no 2 to 6 s have more than 1334, which is the average, too.
    spans = [(1000, Fraction(1)), (0, Fraction(5)), (1000, Fraction(1)), (0, Fraction(5))]
    assert measure(spans, 4) == Rates(1334, 1334)


def test_a_player_enters_a_segment_at_its_first_fragment() -> None:
    (first,), (later,) = segment(0, [100, 100]).fragments, segment(2, [100, 100], 200).fragments
    assert buffer_s([Segment(400, (), (first, later))], 1, 800) == 1.0
