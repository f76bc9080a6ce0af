"""The MPD element by element: every attribute of a set, and what stands where (ISO/IEC 23009-1)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from lxml import etree

from farm.facts import AudioTrack
from farm.ladder import Rung
from farm.mediainfo import Chapter
from media.packaging.mpd import manifest
from media.packaging.rates import Rates
from media.packaging.readback import Kind, WrittenTrack
from media.packaging.title import Title
from tests.unit.test_packaging_playlists import NS, the_mpd, track
from tests.unit.test_packaging_renditions import audio

AUDIO_PURPOSES = "urn:tva:metadata:cs:AudioPurposeCS:2007"


def rung(name: str, width: int, height: int, fps: int = 25) -> Rung:
    return Rung(name, "h264", width, height, Fraction(fps), 50, "medium", 23, 1, 1, "")


def mpd_of(
    *,
    rungs: tuple[Rung, ...] = (),
    audios: tuple[AudioTrack, ...] = (),
    chapters: tuple[Chapter, ...] = (),
) -> bytes:
    title = Title(Fraction(2), Fraction(6), rungs, audios, (), chapters)
    kinds: dict[str, Kind] = {each.name: "video" for each in rungs}
    kinds |= {each.name: "audio" for each in audios}
    written: dict[str, WrittenTrack] = {
        name: track(name, kind, "codec", 1000, [2000] * 3) for name, kind in kinds.items()
    }
    return manifest(title, written, dict.fromkeys(written, Rates(100, 200)), 2.0)


def sets_of(mpd: bytes) -> list[etree._Element]:
    return etree.fromstring(mpd).findall(f"{NS}Period/{NS}AdaptationSet")


def test_the_mpd_is_a_document_of_lines() -> None:
    lines = mpd_of(rungs=(rung("a", 640, 360),)).decode().split("\n")
    assert lines[0] == "<?xml version='1.0' encoding='UTF-8'?>"
    assert lines[1].startswith('<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles=')
    assert [line.strip() for line in lines[2:4]] == [
        '<Period id="0" start="PT0S">',
        '<AdaptationSet contentType="video" mimeType="video/mp4" par="16:9" maxWidth="640"'
        ' maxHeight="360" maxFrameRate="25" segmentAlignment="true" startWithSAP="1" id="0">',
    ]
    assert lines[-2:] == ["</MPD>", ""]


def test_the_shape_of_a_set_is_that_of_its_picture_with_most_pixels() -> None:
    # Neither the widest in shape nor the first or last; rates are counted on their own.
    rungs = (rung("wide", 854, 360, 50), rung("large", 1280, 720), rung("tall", 360, 640))
    (video,) = sets_of(mpd_of(rungs=rungs))
    wanted = ("par", "maxWidth", "maxHeight", "maxFrameRate")
    assert [video.get(name) for name in wanted] == ["16:9", "1280", "720", "50"]


def test_sound_and_text_say_what_they_are_and_that_segments_are_aligned() -> None:
    _, stereo, surround, described, forced, sdh = the_mpd().findall(f"{NS}Period/{NS}AdaptationSet")
    aligned = {"segmentAlignment": "true", "startWithSAP": "1"}
    heard = {"contentType": "audio", "mimeType": "audio/mp4", "lang": "en", **aligned}
    for number, found in enumerate((stereo, surround, described), 1):
        assert dict(found.items()) == {**heard, "id": str(number)}
    read = {"contentType": "text", "mimeType": "application/mp4", **aligned}
    assert dict(forced.items()) == {**read, "lang": "de", "id": "4"}
    assert dict(sdh.items()) == {**read, "lang": "en", "id": "5"}


def test_channels_are_told_before_the_segments() -> None:
    _, _, surround, *_ = the_mpd().findall(f"{NS}Period/{NS}AdaptationSet")
    (six,) = surround.findall(f"{NS}Representation")
    assert dict(six.items()) == {
        **{"id": "a-en-6", "codecs": "mp4a.40.2", "bandwidth": "203"},
        "audioSamplingRate": "48000",
    }
    channels, template = six
    assert dict(channels.items()) == {
        "schemeIdUri": "urn:mpeg:dash:23003:3:audio_channel_configuration:2011",
        "value": "6",
    }
    assert dict(template.items()) == {
        **{"timescale": "48000", "initialization": "a-en-6/init.mp4"},
        **{"media": "a-en-6/$Number%05d$.m4s", "startNumber": "1"},
    }


@pytest.mark.parametrize(
    ("track", "roles", "purposes"),
    [
        (audio(1, "en"), ["alternate"], []),
        (audio(1, "en", role="original"), ["alternate"], []),  # DASH has no word for it
        (audio(1, "en", role="dub"), ["dub"], []),
        (audio(1, "en", role="commentary"), ["commentary"], []),
        (audio(1, "en", role="description"), ["description"], [(AUDIO_PURPOSES, "1")]),
    ],
)
def test_a_voice_beside_the_main_one_has_the_role_it_plays(
    track: AudioTrack, roles: list[str], purposes: list[tuple[str, str]]
) -> None:
    main, other = sets_of(mpd_of(audios=(audio(9, "de", default=True), track)))
    assert [role.get("value") for role in main.findall(f"{NS}Role")] == ["main"]
    assert [role.get("value") for role in other.findall(f"{NS}Role")] == roles
    found = [(a.get("schemeIdUri"), a.get("value")) for a in other.findall(f"{NS}Accessibility")]
    assert found == purposes
    assert not main.findall(f"{NS}Accessibility")


def test_a_described_title_without_another_voice_plays_the_description() -> None:
    (only,) = sets_of(mpd_of(audios=(audio(1, "en", role="description"),)))
    assert [role.get("value") for role in only.findall(f"{NS}Role")] == ["main"]
    assert len(only.findall(f"{NS}Accessibility")) == 1


def test_a_dub_that_plays_by_default_is_both() -> None:
    (only,) = sets_of(mpd_of(audios=(audio(1, "de", role="dub", default=True),)))
    assert [role.get("value") for role in only.findall(f"{NS}Role")] == ["main", "dub"]


def test_three_channels_are_a_layout_of_their_own_and_rates_are_not() -> None:
    tracks = (audio(1, "en"), audio(1, "en", bps=64_000), audio(1, "en", channels=3))
    assert [
        [r.get("id") for r in found.findall(f"{NS}Representation")]
        for found in sets_of(mpd_of(audios=tracks))
    ] == [["audio-1-2-128", "audio-1-2-64"], ["audio-1-3-128"]]


def test_chapters_last_from_their_start_to_their_end() -> None:
    chapters = (
        Chapter(Fraction(0), Fraction(5, 2), {}),
        Chapter(Fraction(5, 2), Fraction(10, 3), {}),
    )
    events = etree.fromstring(mpd_of(chapters=chapters)).iter(f"{NS}Event")
    assert [dict(event.items()) for event in events] == [
        {"id": "0", "presentationTime": "0", "duration": "2500"},
        {"id": "1", "presentationTime": "2500", "duration": "833"},
    ]
    assert b"EventStream" not in mpd_of()
