"""Cutting the stretch of a source that is to be the title, and saying what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from farm.command import SOURCE_NAME, Command, Finished, Limits, opening_with
from farm.errors import InvalidSource
from farm.facts import Excerpt
from farm.mediainfo import MediaInfo, VideoStream
from farm.spec import ExcerptSpec
from media.graphs.analyze_captions import CAPTION_CODEC
from media.graphs.clock import title_zero
from media.graphs.excerpt import (
    CUT_NAME,
    MAX_BYTES,
    cut_excerpt,
    cut_media,
    first_picture,
    pictures_change,
)
from workers.sources.probing import probe_source

WHOLE_NAME = "whole"  # the source itself, while the excerpt stands in its place
LATE_FRAMES = 2  # a first picture that begins no later is the one that is meant
MISSING_S = Fraction(1, 2)  # so much less than declared is damage


@dataclass(frozen=True, slots=True)
class TakenExcerpt:
    """An excerpt: its file, what it is made of, where it lies in the whole."""

    path: Path
    media: MediaInfo
    excerpt: Excerpt


def take_excerpt(
    uri: str,
    asked: ExcerptSpec,
    whole: MediaInfo,
    scratch: Path,
    run: Callable[[Command], Finished],
    limits: Limits,
    *,
    allow_partial: bool,
) -> TakenExcerpt:
    """Return the stretch that was asked for of the source that lies in `scratch`, cut.

    Raises InvalidSource for one that begins behind the source's end, whose pictures cannot be
    taken apart, or that is damaged and may not be partial.
    """
    _check(uri, asked, whole)
    picture = whole.picture
    held = picture is not None and picture.variable_rate
    media = _cut(uri, asked, whole, scratch, run, limits, held=held)
    if not held and picture is not None and _is_late(media, picture):
        held = True
        media = _cut(uri, asked, whole, scratch, run, limits, held=held)
    _check_whole(uri, asked, whole, media, allow_partial=allow_partial)
    start_s = _start_s(asked, whole, held=held) + title_zero(media)
    excerpt = Excerpt(start_s, whole.start_s, whole.opened_with)
    return TakenExcerpt(scratch / CUT_NAME, _described(whole, media, asked), excerpt)


def expected_excerpt(
    uri: str, asked: ExcerptSpec, whole: MediaInfo, limits: Limits
) -> tuple[TakenExcerpt, Command]:
    """Return what cutting a sound source leaves, and the command that does, without running it.

    Raises InvalidSource as `take_excerpt` does, as far as can be told before. Its path is a name.
    """
    _check(uri, asked, whole)
    picture = whole.picture
    held = picture is not None and picture.variable_rate
    start_s = _start_s(asked, whole, held=held)
    limits = replace(limits, file_bytes=MAX_BYTES)
    command = cut_excerpt(whole, start_s, asked.duration, held=held, limits=limits)
    media = _described(whole, cut_media(whole, start_s, asked.duration), asked)
    excerpt = Excerpt(start_s, whole.start_s, whole.opened_with)
    return TakenExcerpt(Path(CUT_NAME), media, excerpt), opening_with(command, whole.opened_with)


def _check(uri: str, asked: ExcerptSpec, whole: MediaInfo) -> None:
    if asked.start >= whole.duration_s:
        raise InvalidSource(
            f"{uri!r} ends at {float(whole.duration_s):.3f} s, and the excerpt is to begin at"
            f" {asked.start_s:g} s: give an earlier start_s",
            duration_s=float(whole.duration_s),
            start_s=asked.start_s,
        )
    if whole.picture is not None and whole.picture.coded_fields:
        raise InvalidSource(
            f"{uri!r} codes its fields one by one (HEVC), of which no excerpt is made: submit it"
            " without one"
        )


def _cut(
    uri: str,
    asked: ExcerptSpec,
    whole: MediaInfo,
    scratch: Path,
    run: Callable[[Command], Finished],
    limits: Limits,
    *,
    held: bool,
) -> MediaInfo:
    """Write the excerpt, and return what ffprobe says of it."""
    limits = replace(limits, file_bytes=MAX_BYTES)
    start_s = _start_s(asked, whole, held=held)
    command = cut_excerpt(whole, start_s, asked.duration, held=held, limits=limits)
    source, aside = scratch / SOURCE_NAME, scratch / WHOLE_NAME
    finished = run(opening_with(command, whole.opened_with))
    if pictures_change(finished.stderr):
        raise InvalidSource(
            f"{uri!r}: its pictures change their size, shape or colours within the excerpt, of"
            " which none is made then: choose another stretch, or submit it without one"
        )
    source.rename(aside)
    try:
        source.symlink_to(CUT_NAME)
        return probe_source(uri, scratch, run)
    finally:
        source.unlink(missing_ok=True)
        aside.rename(source)


def _start_s(asked: ExcerptSpec, whole: MediaInfo, *, held: bool) -> Fraction:
    """Return where the excerpt begins: with a picture, so that sound is as long as pictures."""
    return asked.start if held else first_picture(whole, asked.start)


def _is_late(media: MediaInfo, picture: VideoStream) -> bool:
    """Return whether a picture shows at the start that began before."""
    cut = media.picture
    return cut is None or cut.start_s > LATE_FRAMES / picture.frame_rate


def _check_whole(
    uri: str, asked: ExcerptSpec, whole: MediaInfo, media: MediaInfo, *, allow_partial: bool
) -> None:
    declared_s = min(asked.duration, whole.duration_s - asked.start)
    missing_s = declared_s - media.duration_s
    if missing_s > MISSING_S and not allow_partial:
        raise InvalidSource(
            f"{uri!r} is cut short or damaged within the excerpt: {float(missing_s):.1f} s of"
            f" {float(declared_s):.1f} s are missing; upload the whole file again"
            " (--allow-partial publishes what survived)",
            missing_s=float(missing_s),
        )


def _described(whole: MediaInfo, media: MediaInfo, asked: ExcerptSpec) -> MediaInfo:
    """Return what the excerpt is made of, named as in the whole: its text and chapters are there.

    Streams have the same numbers in both.
    """
    pictures = {stream.index: stream for stream in media.video}
    sounds = {stream.index: stream for stream in media.audio}
    cut = whole.picture
    video = tuple(
        replace(pictures[stream.index], language=stream.language, disposition=stream.disposition)
        if cut is not None and stream.index == cut.index
        else stream
        for stream in whole.video
    )
    audio = tuple(
        replace(
            sounds[stream.index],
            layout=stream.layout,
            language=stream.language,
            title=stream.title,
            disposition=stream.disposition,
        )
        for stream in whole.audio
        if stream.index in sounds
    )
    end_s = asked.start + asked.duration
    short = whole.duration_s < end_s
    said = (
        f"the excerpt ends at {float(whole.duration_s):.3f} s with the source, not at"
        f" {float(end_s):.3f} s as was asked",
    )
    return replace(
        whole,
        format=media.format,
        start_s=media.start_s,
        duration_s=media.duration_s,
        video=video,
        audio=audio,
        # What is not in the pictures is not cut: planning says that it is left out.
        text=tuple(stream for stream in whole.text if stream.codec != CAPTION_CODEC),
        opened_with=(),
        issues=(*whole.issues, *(said if short else ())),
    )
