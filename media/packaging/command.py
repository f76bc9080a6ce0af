"""The Shaka Packager command that cuts a title into one set of CMAF segments for HLS and DASH.

Names, languages and rates of the manifests are not asked of the packager: the manifest pass writes
them from what was really packaged (see `manifests`).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from farm.command import Command, Limits, Tool
from farm.language import UNDETERMINED
from media.packaging.title import DASH_NAME, INIT_NAME, OUT, Title

OPEN_FILES = 4096  # the packager keeps one open per stream, and one per segment it writes
# Of each file it reads or writes. Its own choice, 32 MiB, made 140 MiB a stream, and no run faster.
CACHE_BYTES = 4 << 20


def package(title: Title) -> Command:
    """Return the command that writes segments and a raw MPD below `OUT`."""
    streams = [_media(rung.name, "video") for rung in title.rungs]
    for audio in title.audios:
        streams.append(_media(audio.name, "audio", audio.language))
    for text in title.texts:
        streams += _text(text.name, text.language)
    args = (
        *(",".join(f"{field}={value}" for field, value in stream) for stream in streams),
        *("--mpd_output", f"{OUT}/{DASH_NAME}"),  # read back for its RFC 6381 codec strings
        "--generate_static_live_mpd",  # without it, templated segments mean a dynamic MPD
        *("--segment_duration", _seconds(title.segment_s)),
        *("--fragment_duration", _seconds(_fragment_s(title))),
        *("--io_cache_size", str(CACHE_BYTES)),
        "--use_fake_clock_for_muxer",  # creation times would make every init.mp4 differ
        "--quiet",
    )
    return Command(Tool.PACKAGER, args, "package", limits=Limits(open_files=OPEN_FILES))


Stream = list[tuple[str, str]]


def _media(name: str, selector: str, language: str = "") -> Stream:
    return [
        ("in", f"{name}.mp4"),
        ("stream", selector),
        ("init_segment", f"{OUT}/{name}/{INIT_NAME}"),
        ("segment_template", f"{OUT}/{name}/$Number%05d$.m4s"),
        *_language(language),
    ]


def _text(name: str, language: str) -> Iterator[Stream]:
    # HLS players want WebVTT files, segmented DASH wants them inside MP4.
    source = [("in", f"{name}.vtt"), ("stream", "text"), *_language(language)]
    yield [*source, ("segment_template", f"{OUT}/{name}/$Number%05d$.vtt"), ("hls_only", "1")]
    yield [
        *source,
        ("init_segment", f"{OUT}/{name}/{INIT_NAME}"),
        ("segment_template", f"{OUT}/{name}/$Number%05d$.m4s"),
        ("dash_only", "1"),
    ]


def _language(tag: str) -> Stream:
    # Only the primary subtag: it ends up in `mdhd`, which holds three letters (ISO 639-2/T).
    # The packager refuses "und", which is what it writes by itself where no language is given.
    primary = tag.partition("-")[0]
    known = primary.isascii() and primary.isalpha() and primary != UNDETERMINED
    return [("language", primary)] if known else []


def _fragment_s(title: Title) -> Fraction:
    # A fragment per GOP: the packager lists one I-frame per fragment, and a player that scrubs
    # wants one every GOP, not one every segment.
    gops = (Fraction(rung.gop_frames) / rung.fps for rung in title.rungs)
    return min(gops, default=title.segment_s)


def _seconds(value: Fraction) -> str:
    # Rounded down: a boundary a hair early still falls on the same key frame, while one a hair
    # late would miss it and wait for the next GOP.
    micros = value * 1_000_000 // 1
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
