"""Files the farm must turn away, and how: REFUSED by ingest, REFUSED_WHEN_DECODED by analyze."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from farm.errors import InvalidSource, ReelFarmError, UnsupportedMedia
from tests.fuzz.anatomy import tags
from tests.media.media_factory import (
    AAC,
    X264,
    Clips,
    Make,
    jpeg,
    pattern,
    start_offset,
    title,
    tone,
    with_zeros,
)

AUDIO_TAG, VIDEO_TAG = 8, 9  # of FLV
LAST_BLOCK = 0x80  # of FLAC's metadata (RFC 9639, 8.1)


def missing(clips: Clips) -> Path:
    return clips.folder / "missing.mp4"


def directory(clips: Clips) -> Path:
    target = clips.folder / "directory.mp4"
    target.mkdir(exist_ok=True)
    return target


def fifo(clips: Clips) -> Path:
    """A named pipe: opening one waits for a writer, for ever."""
    target = clips.folder / "fifo.mp4"
    if not target.exists():
        os.mkfifo(target)
    return target


def flac_without_frames(clips: Clips) -> Path:
    """FLAC whose last header says that another one follows: all the sound is taken for it."""
    data = bytearray(clips.make("short.flac", *tone(), "-c:a", "flac").read_bytes())
    last = 4
    while not data[last] & LAST_BLOCK:
        last += 4 + int.from_bytes(data[last + 1 : last + 4], "big")
    data[last] &= ~LAST_BLOCK
    return clips.write("without-frames.flac", bytes(data))


def empty(clips: Clips) -> Path:
    return clips.write("empty.mp4", b"")


def text(clips: Clips) -> Path:
    return clips.write("text.mp4", b"Dear editor,\nplease find the film attached.\n" * 40)


def hls_playlist(clips: Clips) -> Path:
    """A playlist that leads to a sound file beside it."""
    lines = f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{title(clips).name}\n#EXT-X-ENDLIST\n"
    return clips.write("hls.mp4", lines.encode())


def ffconcat(clips: Clips) -> Path:
    return clips.write("ffconcat.mp4", f"ffconcat version 1.0\nfile {title(clips).name}\n".encode())


def dash_manifest(clips: Clips) -> Path:
    manifest = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        ' mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="a" bandwidth="1000"><BaseURL>{title(clips).name}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )
    return clips.write("dash.mp4", manifest.encode())


def without_moov(clips: Clips) -> Path:
    """An upload cut short: the index (moov) is at the end of `title`, and lost."""
    whole = title(clips).read_bytes()
    return clips.write("without-moov.mp4", whole[: len(whole) // 2])


def png(clips: Clips) -> Path:
    return clips.make("picture.png", *pattern(), "-frames:v", "1")


def webp(clips: Clips) -> Path:
    return clips.make("picture.webp", *pattern(), "-frames:v", "1", "-c:v", "libwebp")


def damaged_png(clips: Clips) -> Path:
    """PNG in QuickTime whose pictures are zeros."""
    whole = clips.make("screen.mov", *pattern(duration_s=1), "-c:v", "png")
    return clips.write("damaged-png.mov", with_zeros(whole, 0, 1))


def gif(clips: Clips) -> Path:
    return clips.make("picture.gif", *pattern(), "-frames:v", "1")


def jpeg_named_mp4(clips: Clips) -> Path:
    return clips.write("jpeg.mp4", jpeg(clips).read_bytes())


def still_mp4(clips: Clips) -> Path:
    """A picture in a film's clothes: one frame of H.264."""
    return clips.make("still.mp4", *pattern(), "-frames:v", "1", *X264)


def still_mkv(clips: Clips) -> Path:
    """The same in Matroska, which does not say how many frames it has."""
    return clips.make("still.mkv", *pattern(), "-frames:v", "1", *X264)


def huge_header(clips: Clips) -> Path:
    """H.264 whose sample description and track header claim 65535x65535."""
    data = bytearray(title(clips).read_bytes())
    entry = data.index(b"avc1", data.index(b"stsd"))  # ISO/IEC 14496-12, VisualSampleEntry
    data[entry + 28 : entry + 32] = struct.pack(">HH", 65535, 65535)
    track = data.index(b"tkhd")
    data[track + 80 : track + 88] = struct.pack(">HHHH", 65535, 0, 65535, 0)
    return clips.write("huge.mp4", bytes(data))


def huge_raw(clips: Clips) -> Path:
    """Raw video whose AVI headers claim 65535x65535: nothing in the stream corrects them."""
    small = clips.make("raw.avi", *pattern(duration_s=0.2), "-c:v", "rawvideo")
    data = bytearray(small.read_bytes())
    picture = data.index(b"strf") + 12  # BITMAPINFOHEADER, biWidth and biHeight
    data[picture : picture + 8] = struct.pack("<ii", 65535, 65535)
    main = data.index(b"avih") + 40
    data[main : main + 8] = struct.pack("<II", 65535, 65535)
    return clips.write("huge.avi", bytes(data))


def many_streams(clips: Clips) -> Path:
    """65 streams, one more than the farm takes."""
    return clips.make("many.mp4", *tone(0.2), *("-map", "0:a") * 65, *AAC)


def many_streams_mkv(clips: Clips) -> Path:
    return clips.make("many.mkv", *tone(0.2), *("-map", "0:a") * 65, "-c:a", "flac")


def subtitles_only(clips: Clips) -> Path:
    lines = clips.write("words.srt", b"1\n00:00:00,000 --> 00:00:02,000\nHello\n")
    return clips.make("words.mp4", "-i", str(lines), "-c:s", "mov_text")


def truncated(clips: Clips) -> Path:
    """An upload cut short that has its index in front: 12 s declared, some 6 s there."""
    source = (*pattern(duration_s=12), *tone(12))
    flags = ("-movflags", "+faststart")
    whole = clips.make("faststart.mp4", *source, *X264, *AAC, "-ac", "2", *flags).read_bytes()
    return clips.write("truncated.mp4", whole[: len(whole) // 2])


def zeroed(clips: Clips) -> Path:
    """A sound index over media of zeros, as a failed disk leaves it."""
    return clips.write("zeroed.mp4", with_zeros(title(clips), 0, 1))


def mostly_zeroed(clips: Clips) -> Path:
    """The same after the first tenth, which is enough for a probe to be content."""
    return clips.write("mostly-zeroed.mp4", with_zeros(title(clips), 0.1, 1))


def joined(clips: Clips) -> Path:
    """Two recordings in one MPEG-TS, whose clock starts anew in the middle."""
    part = start_offset(clips).read_bytes()
    return clips.write("joined.ts", part + part)


def leaping(clips: Clips) -> Path:
    """Two recordings in one MPEG-TS, the second one a minute later."""
    later = clips.make(
        "later.ts", "-i", str(start_offset(clips)), "-c", "copy", "-output_ts_offset", "60"
    )
    return clips.write("leaping.ts", start_offset(clips).read_bytes() + later.read_bytes())


def clock_ahead(clips: Clips) -> Path:
    """FLV, one packet of whose sound says that it is 70 minutes later: a flipped bit."""
    return clips.write("ahead.flv", _moved(clips, AUDIO_TAG, 1 << 22, slice(-9, -8)))


def picture_ahead(clips: Clips) -> Path:
    """FLV, one picture of which says that it is two hours later: a flipped bit."""
    return clips.write("picture-ahead.flv", _moved(clips, VIDEO_TAG, 1 << 23, slice(-9, -8)))


def far_apart(clips: Clips) -> Path:
    """AVI of 20 pictures that a lie about its rate spreads over hours, with a second of sound."""
    source = (*pattern(duration_s=0.8), *tone(0.8))
    made = clips.make("near.avi", *source, "-c:v", "mpeg4", "-c:a", "mp3").read_bytes()
    header = made.index(b"strh") + 8
    scale = (600 * 25).to_bytes(4, "little")  # dwScale, before dwRate
    return clips.write("far-apart.avi", made[: header + 20] + scale + made[header + 24 :])


def clock_away(clips: Clips) -> Path:
    """FLV whose last pictures say that they are nine hours later."""
    return clips.write("away.flv", _moved(clips, VIDEO_TAG, 1 << 25, slice(-9, None)))


def _moved(clips: Clips, kind: int, later_ms: int, which: slice) -> bytes:
    """Return FLV, the clock of some of its tags being later (FLV specification, E.4.1)."""
    data = bytearray(
        clips.make("title.flv", "-i", f"file:{title(clips)}", "-c", "copy").read_bytes()
    )
    for tag in [tag for tag in tags(bytes(data)) if data[tag.start] == kind][which]:
        upper, lower = data[tag.start + 7], bytes(data[tag.start + 4 : tag.start + 7])
        moved = (upper << 24 | int.from_bytes(lower, "big")) + later_ms
        data[tag.start + 4 : tag.start + 8] = (moved << 8 & 0xFFFFFF00 | moved >> 24).to_bytes(
            4, "big"
        )
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a file must be turned away: the error, and words its message must have."""

    make: Make
    error: type[ReelFarmError]
    words: str


# By `ingest`, before anything is decoded; each has exit status 2.
REFUSED: dict[str, Refusal] = {
    "missing": Refusal(missing, InvalidSource, "does not exist"),
    "directory": Refusal(directory, InvalidSource, "is a directory"),
    "fifo": Refusal(fifo, InvalidSource, "is not a regular file"),
    "empty": Refusal(empty, InvalidSource, "is empty"),
    "text": Refusal(text, InvalidSource, "is not media"),
    "hls playlist": Refusal(hls_playlist, InvalidSource, "playlist"),
    "ffconcat": Refusal(ffconcat, InvalidSource, "playlist"),
    "dash manifest": Refusal(dash_manifest, InvalidSource, "is not media"),
    "without moov": Refusal(without_moov, InvalidSource, "cut short"),
    "png": Refusal(png, UnsupportedMedia, "is a picture"),
    "jpeg": Refusal(jpeg, UnsupportedMedia, "is a picture"),
    "gif": Refusal(gif, UnsupportedMedia, "is a picture"),
    "webp": Refusal(webp, UnsupportedMedia, "is a picture"),
    "png pictures of zeros": Refusal(damaged_png, InvalidSource, "cannot be decoded"),
    "jpeg named mp4": Refusal(jpeg_named_mp4, UnsupportedMedia, "is a picture"),
    "still in mp4": Refusal(still_mp4, UnsupportedMedia, "is a picture"),
    "huge header": Refusal(huge_header, InvalidSource, "65535x65535"),
    "huge raw video": Refusal(huge_raw, InvalidSource, "65535x65535"),
    "65 streams": Refusal(many_streams, InvalidSource, "more than 64 streams"),
    "65 streams in matroska": Refusal(many_streams_mkv, InvalidSource, "more than 64 streams"),
    "pictures far apart": Refusal(far_apart, InvalidSource, "one picture every"),
    "zeroed": Refusal(zeroed, InvalidSource, "cannot be decoded"),
    "subtitles only": Refusal(subtitles_only, UnsupportedMedia, "neither video nor audio"),
}

# By `analyze`, whose decode shows what no header does.
REFUSED_WHEN_DECODED: dict[str, Refusal] = {
    "sound without frames": Refusal(flac_without_frames, InvalidSource, "not a moment of it"),
    "truncated": Refusal(truncated, InvalidSource, "--allow-partial"),
    "mostly zeroed": Refusal(mostly_zeroed, InvalidSource, "cannot be decoded"),
    "joined recordings": Refusal(joined, InvalidSource, "timestamps that jump"),
    "leaping recordings": Refusal(leaping, InvalidSource, "timestamps that jump"),
    "sound once ahead": Refusal(clock_ahead, InvalidSource, "timestamps that jump (stream 1)"),
    "picture once ahead": Refusal(picture_ahead, InvalidSource, "timestamps that jump (stream 0)"),
    "pictures hours away": Refusal(clock_away, InvalidSource, "timestamps that jump (stream 0)"),
    "still in matroska": Refusal(still_mkv, UnsupportedMedia, "is a picture"),
}
