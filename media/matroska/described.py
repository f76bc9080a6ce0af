"""A probed source with what its Matroska container says and FFmpeg does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from farm.command import MAX_STREAMS
from farm.language import UNDETERMINED, declared_language
from farm.mediainfo import AudioStream, Disposition, MediaInfo, TextStream, VideoStream
from media.matroska.chapters import shown_chapters
from media.matroska.container import Container
from media.matroska.cues import text_codec
from media.matroska.tracks import AUDIO, METADATA, SUBTITLE, VIDEO, TrackEntry
from media.text.findings import Findings

MAX_CODEC_CHARS = 40

S = TypeVar("S", VideoStream, AudioStream, TextStream)
L = TypeVar("L", VideoStream, AudioStream)


def described(media: MediaInfo, container: Container, ends_s: Mapping[int, Fraction]) -> MediaInfo:
    """Return `media` with languages, text and chapters as the container has them.

    `ends_s` are the ends of tracks whose streams do not tell them, on the file's clock.
    Streams that FFmpeg leaves out get indexes no stream of its can have. What cannot be told or
    shown becomes an issue.
    """
    issues = [
        f"what the source says of itself is damaged ({each}): languages and chapters may be wrong"
        for each in container.damage
    ]
    if container.tracks is not None:
        streams = [track for track in container.tracks if track.is_stream]
        if _agree(media, streams):
            left_out = [track for track in container.tracks if not track.is_stream]
            media = _with_ends(_with_tracks(media, streams), streams, ends_s)
            media = _with_left_out(media, left_out, issues)
        else:
            issues.append(
                "its tracks are not those FFmpeg finds: languages are as FFmpeg tells them"
            )
    return _with_chapters(replace(media, issues=(*media.issues, *issues)), container)


def _agree(media: MediaInfo, tracks: Sequence[TrackEntry]) -> bool:
    """Return whether stream n is track n, as far as kinds can tell; attachments come behind."""
    kinds = {
        **dict.fromkeys((stream.index for stream in media.video), (VIDEO,)),
        **dict.fromkeys((stream.index for stream in media.audio), (AUDIO,)),
        **dict.fromkeys(media.unknown_audio, (AUDIO,)),
        **dict.fromkeys((stream.index for stream in media.text), (SUBTITLE, METADATA)),
    }
    attached = {stream.index for stream in media.video if stream.disposition.attached_pic}
    return all(
        tracks[index].kind in allowed if index < len(tracks) else index in attached
        for index, allowed in kinds.items()
    )


def _with_tracks(media: MediaInfo, tracks: Sequence[TrackEntry]) -> MediaInfo:
    return replace(
        media,
        video=tuple(_in_language(stream, tracks) for stream in media.video),
        audio=tuple(_in_language(stream, tracks) for stream in media.audio),
        text=tuple(
            _named(_in_language(stream, tracks), tracks[stream.index])
            for stream in media.text
            if stream.index < len(tracks)
        ),
    )


def _with_ends(
    media: MediaInfo, tracks: Sequence[TrackEntry], ends_s: Mapping[int, Fraction]
) -> MediaInfo:
    def lasting(stream: L) -> L:
        if stream.duration_s is not None or stream.index >= len(tracks):
            return stream
        return replace(stream, duration_s=ends_s.get(tracks[stream.index].number))

    video = tuple(lasting(stream) for stream in media.video)
    audio = tuple(lasting(stream) for stream in media.audio)
    streams: list[VideoStream | AudioStream] = [*video, *audio]
    known_s = (stream.duration_s for stream in streams if stream.duration_s is not None)
    longest_s = max(known_s, default=media.start_s) - media.start_s
    return replace(media, video=video, audio=audio, duration_s=media.duration_s or longest_s)


def _in_language(stream: S, tracks: Sequence[TrackEntry]) -> S:
    """Return a stream in its BCP-47 language, beside which the older code counts for nothing."""
    told = tracks[stream.index].language if stream.index < len(tracks) else ""
    if not told:
        return stream
    known = None if told == UNDETERMINED else declared_language(told) or stream.language
    return replace(stream, language=known)


def _named(stream: TextStream, track: TrackEntry) -> TextStream:
    """Return a text stream that FFmpeg cannot read well as what it is, to be read here."""
    codec = text_codec(track)
    # FFmpeg reads WebVTT as the first WebM files have it, but loses cues without a word.
    if stream.codec != "unknown" and codec != "webvtt":
        return stream
    return replace(
        stream,
        codec=codec or _shown(track.codec_id),
        track=None if codec is None else track.number,
    )


def _shown(codec_id: str) -> str:
    shown = "".join(filter(str.isprintable, codec_id))
    return shown[:MAX_CODEC_CHARS] or "no codec"


def _with_left_out(media: MediaInfo, tracks: Iterable[TrackEntry], issues: list[str]) -> MediaInfo:
    """Return `media` with the tracks that FFmpeg makes no stream of, text and sound as streams."""
    for index, track in enumerate(tracks, MAX_STREAMS):
        if track.kind == SUBTITLE:
            language = declared_language(track.language)
            stream = TextStream(index, "unknown", False, language, None, Disposition())
            media = replace(media, text=(*media.text, _named(stream, track)))
        elif track.kind == AUDIO:
            media = replace(media, unknown_audio=(*media.unknown_audio, index))
        else:
            issues.append(
                f"track {track.number} ({_shown(track.codec_id)}, type {track.kind}) is left out"
            )
    return media


def _with_chapters(media: MediaInfo, container: Container) -> MediaInfo:
    if container.editions is None:
        return media
    findings = Findings()
    chapters = shown_chapters(
        container.editions,
        start_s=media.start_s,
        end_s=media.start_s + media.duration_s,
        findings=findings,
    )
    return replace(media, chapters=chapters, chapter_issues=findings.sentences())
