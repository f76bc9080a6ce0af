"""What ffprobe printed about bad files (recorded), as one sentence each."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import InvalidSource, ReelFarmError, UnsupportedMedia
from farm.mediainfo import MediaInfo
from media.probe.ffprobe import parse_probe
from media.probe.refusals import check_media, unreadable
from tests.unit.titles import refusal

INVALID = "[error] file:source: Invalid data found when processing input"
WHITELIST = "'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm'"


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        (
            ["[mov,mp4,m4a,3gp,3g2,mj2 @ 0x7f65] [error] moov atom not found", INVALID],
            InvalidSource,
            "'a.mp4' was cut short: its index (moov) is missing; upload the whole file again",
        ),
        (
            [
                f"[concat @ 0x7fd1871f8840] [error] Format not on whitelist {WHITELIST}",
                "[error] file:source: Invalid argument",
            ],
            InvalidSource,
            "'a.mp4' is a playlist (concat), which only points to media: submit the media itself",
        ),
        (
            [
                "[error] Not detecting m3u8/hls with non standard extension and non standard mime"
                " type",
                "[error]     Last message repeated 1 times",
                INVALID,
            ],
            InvalidSource,
            "'a.mp4' is a playlist (HLS), which only points to media: submit the media itself",
        ),
        (
            [f"[jpeg_pipe @ 0x7f7a69c6d840] [error] Format not on whitelist {WHITELIST}"],
            UnsupportedMedia,
            "'a.mp4' is a picture (jpeg): submit a video or audio file",
        ),
        (
            [f"[ico @ 0x7f7a69c6d840] [error] Format not on whitelist {WHITELIST}"],
            UnsupportedMedia,
            "'a.mp4' is a picture (ico): submit a video or audio file",
        ),
        (
            [
                "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x7f37] [error] Number of streams exceeds max_streams"
                " parameter (64), see the documentation if you wish to increase it",
                "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x7f37] [error] error reading header",
                "[error] file:source: Out of memory",
            ],
            InvalidSource,
            "'a.mp4' has more than 64 streams: remove those that nobody needs",
        ),
        (
            ["[error] file:source: Input/output error"],
            InvalidSource,
            "'a.mp4' cannot be read (Input/output error): upload it again",
        ),
    ],
)
def test_each_complaint_has_its_sentence(
    lines: list[str], error: type[ReelFarmError], message: str
) -> None:
    refusal = unreadable("a.mp4", lines)
    assert (type(refusal), refusal.message) == (error, message)


@pytest.mark.parametrize("lines", [[INVALID], []])
def test_what_no_demuxer_knows_is_not_media(lines: list[str]) -> None:
    refusal = unreadable("notes.mp4", lines)
    assert isinstance(refusal, InvalidSource)
    assert refusal.message.startswith("'notes.mp4' is not media: submit a video or audio file")


@pytest.mark.parametrize(("demuxer", "kind"), [("swf", "swf"), ("rm", "rm")])
def test_other_containers_are_named(demuxer: str, kind: str) -> None:
    line = f"[{demuxer} @ 0x7f7a] [error] Format not on whitelist {WHITELIST}"
    refusal = unreadable("a.swf", [line])
    assert isinstance(refusal, UnsupportedMedia)
    assert refusal.message.startswith(
        f"'a.swf' is a {kind!r} file, which is not taken: convert it to"
    )


def test_a_name_with_a_line_break_stays_on_one_line() -> None:
    assert "\n" not in unreadable("a\nb.mp4", [INVALID]).message


@pytest.fixture
def film() -> MediaInfo:
    text = (Path(__file__).parent / "probes" / "film.json").read_text("utf-8")
    return parse_probe(text, 1000)


def test_a_sound_film_passes(film: MediaInfo) -> None:
    assert refusal("film.mp4", film) is None


def with_picture(film: MediaInfo, **changes: object) -> MediaInfo:
    return replace(film, video=(replace(film.video[0], **changes),))  # type: ignore[arg-type]


def test_a_header_that_lies_is_refused_even_where_the_decoder_knows_better(
    film: MediaInfo,
) -> None:
    lines = ["[h264 @ 0x7f] [IMGUTILS @ 0x7f] [error] Picture size 65535x65535 is invalid"]
    with pytest.raises(InvalidSource, match="claims pictures of 65535x65535"):
        check_media("huge.mp4", film, lines)


def test_a_picture_too_large_to_decode_is_refused(film: MediaInfo) -> None:
    with pytest.raises(InvalidSource, match="claims pictures of 16384x8192"):
        check_media("huge.mov", with_picture(film, width=16384, height=8192), [])


def test_a_picture_too_small_to_encode_is_refused(film: MediaInfo) -> None:
    tiny = with_picture(film, width=8, height=8, display_width=8, display_height=8)
    with pytest.raises(UnsupportedMedia, match=r"shows 8x8 pixels: submit at least 16x16"):
        check_media("tiny.mp4", tiny, [])


def test_video_no_frame_of_which_decodes_is_refused(film: MediaInfo) -> None:
    with pytest.raises(InvalidSource, match="has h264 video that cannot be decoded"):
        check_media("encrypted.mp4", with_picture(film, pix_fmt="unknown"), [])


def test_a_single_frame_is_a_picture(film: MediaInfo) -> None:
    still = replace(with_picture(film, frames=1), audio=())
    with pytest.raises(UnsupportedMedia, match=r"'still.mp4' is a picture \(h264\)"):
        check_media("still.mp4", still, [])


def test_without_video_and_audio_there_is_nothing_to_do(film: MediaInfo) -> None:
    with pytest.raises(UnsupportedMedia, match="has neither video nor audio"):
        check_media("words.mp4", replace(film, video=(), audio=()), [])


def test_sound_that_nobody_can_decode_is_refused_by_its_stream(film: MediaInfo) -> None:
    with pytest.raises(UnsupportedMedia) as caught:
        check_media("a.mkv", replace(film, unknown_audio=(1, 4)), [])
    assert caught.value.message == (
        "'a.mkv' has sound of a kind that no decoder here knows (audio stream 1, 4): export it as"
        " AAC, AC-3, FLAC, Opus, MP3 or PCM, or without that stream"
    )


def test_more_channels_than_ffmpeg_resamples_are_refused_by_their_stream(film: MediaInfo) -> None:
    check_media("a.wav", replace(film, audio=(replace(film.audio[0], channels=64),)), [])
    wide = (film.audio[0], replace(film.audio[0], index=2, channels=65))
    with pytest.raises(UnsupportedMedia) as caught:
        check_media("a.wav", replace(film, audio=wide), [])
    assert caught.value.message == (
        "'a.wav' has 65 channels in audio stream 2, more than 64: export it with those that are"
        " meant to be heard, or again where its header is damaged"
    )


def test_streams_without_a_codec_are_known_all_the_same() -> None:
    film = {"format": {"format_name": "matroska,webm"}, "streams": [
        {"index": 0, "codec_type": "audio", "channels": 1, "sample_rate": "48000"},
        {"index": 1, "codec_type": "subtitle", "tags": {"language": "eng"}},
        {"index": 2, "codec_type": "video"},
        {"index": 3, "codec_type": "data"},
    ]}  # fmt: skip
    media = parse_probe(json.dumps(film), 1)
    assert (media.unknown_audio, media.audio, media.video) == ((0,), (), ())
    assert [(stream.index, stream.codec, stream.language) for stream in media.text] == [
        (1, "unknown", "en")
    ]


@pytest.mark.parametrize(
    ("frames", "sound_s", "taken"),
    [
        (10, None, True),  # ten slides, of an hour each but for the sound
        (10, 301, True),
        (10, 299, False),
        (11, 299, True),
        (1, 2, True),  # a still
        (None, 2, True),
    ],
)
def test_pictures_far_apart_are_slides_where_the_sound_goes_on(
    frames: int | None, sound_s: int | None, taken: bool, film: MediaInfo
) -> None:
    picture = replace(film.video[0], frames=frames, duration_s=Fraction(6006, 10))
    lasts_s = None if sound_s is None else Fraction(sound_s)
    sounds = tuple(replace(sound, duration_s=lasts_s) for sound in film.audio)
    slides = replace(film, video=(picture,), audio=sounds)
    if taken:
        check_media("slides.avi", slides, [])
        return
    with pytest.raises(InvalidSource, match=r"has one picture every 60 s, and sound of 299\.0 s"):
        check_media("slides.avi", slides, [])
