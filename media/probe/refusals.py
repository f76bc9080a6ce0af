"""Why a source is refused: what ffprobe said, and what it found, as sentences for people.

`name` is the source as the user gave it. Every sentence says what is wrong and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from farm.command import MAX_CHANNELS, MAX_PIXELS, MAX_STREAMS, SOURCE_NAME
from farm.errors import InvalidSource, ReelFarmError, UnsupportedMedia
from farm.mediainfo import AudioStream, MediaInfo, VideoStream

FAR_S = 60  # from one picture to the next, on average
MIN_SOURCE_SIDE = 16  # pixels; smaller than a macroblock, and no encoder takes it
CONTAINERS = "MP4, MOV, MKV, WebM, MPEG-TS, MXF, AVI, WAV, FLAC, MP3 or another common container"
# Dolby Vision below it is made of a base layer for everyone and an enhancement.
MIN_DUAL_USE_PROFILE = 5
# Demuxers that open whatever the file names.
PLAYLISTS = frozenset({"concat", "hls", "dash", "imf", "sdp", "rtsp"})
PICTURES = re.compile(r"^(\w+)_pipe$|^(ico|image2)$")


def unreadable(name: str, complaints: Sequence[str]) -> ReelFarmError:
    """Return why ffprobe could not open a source, from the lines it printed."""
    said = "\n".join(complaints)
    if error := _too_much(name, said):
        return error
    if "moov atom not found" in said:
        return InvalidSource(
            f"{name!r} was cut short: its index (moov) is missing; upload the whole file again"
        )
    if "Not detecting m3u8/hls" in said:
        return _playlist(name, "HLS")
    if refused := re.search(r"\[(\S+) @ \w+\] (?:\[\w+\] )?Format not on whitelist", said):
        return _unwanted(name, refused[1])
    if "Invalid data found" in said or not complaints:
        return InvalidSource(f"{name!r} is not media: submit a video or audio file ({CONTAINERS})")
    return InvalidSource(f"{name!r} cannot be read ({_plain(complaints[-1])}): upload it again")


def check_media(name: str, media: MediaInfo, complaints: Sequence[str]) -> None:
    """Raise what speaks against a source that ffprobe opened, given the lines it printed."""
    if error := _too_much(name, "\n".join(complaints)):
        raise error
    if media.encrypted:
        raise UnsupportedMedia(
            f"{name!r} is encrypted, and there is no key for it here: submit it decrypted"
        )
    if media.unknown_audio:  # without it the title would be mute, or lack a language
        streams = ", ".join(map(str, media.unknown_audio))
        raise UnsupportedMedia(
            f"{name!r} has sound of a kind that no decoder here knows (audio stream {streams}):"
            " export it as AAC, AC-3, FLAC, Opus, MP3 or PCM, or without that stream"
        )
    for sound in media.audio:
        if sound.channels > MAX_CHANNELS:
            raise UnsupportedMedia(
                f"{name!r} has {sound.channels} channels in audio stream {sound.index}, more than"
                f" {MAX_CHANNELS}: export it with those that are meant to be heard, or again where"
                " its header is damaged"
            )
    picture = media.picture
    if picture is None and not media.audio:
        raise _still(name) if media.video else _nothing(name, media)
    if picture is not None:
        _check_picture(name, picture)
        if picture.frames == 1 and not media.audio:
            raise still_picture(name, picture.codec)
        _check_distance(name, picture, media.audio)


def still_picture(name: str, kind: str) -> UnsupportedMedia:
    """Return the refusal of a single picture."""
    return UnsupportedMedia(f"{name!r} is a picture ({kind}): submit a video or audio file")


def _check_picture(name: str, picture: VideoStream) -> None:
    size = f"{picture.width}x{picture.height}"
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large(name, size)
    if not picture.width or not picture.height or picture.pix_fmt == "unknown":
        raise InvalidSource(
            f"{name!r} has {picture.codec} video that cannot be decoded: it is damaged, encrypted"
            " or of an unknown kind; export it again"
        )
    vision = picture.dolby_vision
    if vision is not None and not vision.compatible_with and vision.profile >= MIN_DUAL_USE_PROFILE:
        raise UnsupportedMedia(
            f"{name!r} is Dolby Vision of profile {vision.profile}, which has no base layer that"
            " can be shown without its metadata: export it as HDR10, HLG, or profile 8"
        )
    if min(picture.display_width, picture.display_height) < MIN_SOURCE_SIDE:
        raise UnsupportedMedia(
            f"{name!r} shows {picture.display_width}x{picture.display_height} pixels: submit at"
            f" least {MIN_SOURCE_SIDE}x{MIN_SOURCE_SIDE}"
        )


def _check_distance(name: str, picture: VideoStream, sounds: Sequence[AudioStream]) -> None:
    """Refuse pictures that a damaged header has spread over hours; slides have sound all along."""
    lasts_s, heard_s = picture.duration_s, [sound.duration_s or Fraction(0) for sound in sounds]
    if not picture.frames or not lasts_s or not any(heard_s):
        return
    distance_s = lasts_s / picture.frames
    if picture.frames > 1 and distance_s > FAR_S and max(heard_s) < lasts_s / 2:
        raise InvalidSource(
            f"{name!r} has one picture every {float(distance_s):.0f} s, and sound of"
            f" {float(max(heard_s)):.1f} s only: its header is damaged; export it again"
        )


def _plain(line: str) -> str:
    """Return a line of FFmpeg without its part, level and our name of the file."""
    return re.sub(rf"^(\[[^\]]*\] ?)*(file:{SOURCE_NAME}: )?", "", line)


def _too_much(name: str, said: str) -> InvalidSource | None:
    if "exceeds max_streams" in said:
        return InvalidSource(
            f"{name!r} has more than {MAX_STREAMS} streams: remove those that nobody needs"
        )
    if size := re.search(r"Picture size (\d+x\d+) is invalid", said):
        return _too_large(name, size[1])
    return None


def _too_large(name: str, size: str) -> InvalidSource:
    return InvalidSource(
        f"{name!r} claims pictures of {size}: more than {MAX_PIXELS} pixels are not taken;"
        " export it in a smaller size"
    )


def _unwanted(name: str, demuxer: str) -> ReelFarmError:
    if picture := PICTURES.search(demuxer):
        return still_picture(name, picture[1] or picture[2])
    if demuxer in PLAYLISTS:
        return _playlist(name, demuxer)
    kind = demuxer.removesuffix("_pipe")
    return UnsupportedMedia(
        f"{name!r} is a {kind!r} file, which is not taken: convert it to {CONTAINERS}"
    )


def _playlist(name: str, kind: str) -> InvalidSource:
    return InvalidSource(
        f"{name!r} is a playlist ({kind}), which only points to media: submit the media itself"
    )


def _still(name: str) -> UnsupportedMedia:
    return still_picture(name, "cover art only")


def _nothing(name: str, media: MediaInfo) -> UnsupportedMedia:
    found = "only subtitles" if media.text else "nothing that can be decoded"
    return UnsupportedMedia(
        f"{name!r} has neither video nor audio, {found}: submit the film or the recording itself"
    )
