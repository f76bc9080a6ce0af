"""The sound and text of a title as tracks to make: names, languages, roles and defaults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from farm.captions import Captions
from farm.errors import InvalidSpec
from farm.facts import TextRole
from farm.ladder_policy import AudioPolicy
from farm.language import UNDETERMINED
from farm.mediainfo import AudioRole, MediaInfo, SourceChannel
from farm.spec import JobSpec
from media.packaging.languages import language_name
from planning.captions import plan_captions
from planning.sound import SURROUND_CHANNELS
from planning.text_origin import FromSidecar, FromStream, FromTracks, TextOrigin
from planning.voices import PlannedVoice


@dataclass(frozen=True, slots=True)
class PlannedAudio:
    """One audio track to make."""

    name: str
    stream_index: int
    channels: int
    bps: int
    language: str
    title: str  # "" where the language says it all
    default: bool  # of the voice: every encoding of the default voice carries it
    role: AudioRole
    picked: tuple[SourceChannel, ...] = ()
    voice: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedText:
    """One text track to make."""

    name: str
    language: str
    title: str
    forced: bool
    hearing_impaired: bool
    origin: TextOrigin
    convertible: bool  # False for bitmaps, which are only reported
    role: TextRole | None = None  # as far as the request says it


def plan_audio(
    voices: Sequence[PlannedVoice], policy: AudioPolicy, *, beside_video: bool
) -> list[PlannedAudio]:
    """Return the tracks of every voice: stereo, 5.1 where the source has it.

    Without video the default voice's stereo comes as a ladder of rates.
    """
    tracks = []
    for ordinal, voice in enumerate(voices):
        name = f"audio-{ordinal}"
        common: dict[str, Any] = {
            "stream_index": voice.stream_index,
            "language": voice.language,
            "title": voice.title,
            "default": voice.default,
            "role": voice.role,
            "picked": voice.picked,
            "voice": ordinal,
        }
        if voice.default and not beside_video:
            tracks += [
                PlannedAudio(name=f"{name}-stereo-{_rate(bps)}", channels=2, bps=bps, **common)
                for bps in sorted(policy.ladder_bps)
            ]
        else:
            tracks.append(
                PlannedAudio(name=f"{name}-stereo", channels=2, bps=policy.stereo_bps, **common)
            )
        if voice.channels >= SURROUND_CHANNELS:
            tracks.append(
                PlannedAudio(
                    name=f"{name}-surround",
                    channels=SURROUND_CHANNELS,
                    bps=policy.surround_bps,
                    **common,
                )
            )
    return tracks


def _rate(bps: int) -> str:
    return f"{bps // 1000}k" if bps % 1000 == 0 else str(bps)


def plan_text(
    spec: JobSpec, media: MediaInfo, captions: Sequence[Captions] = ()
) -> list[PlannedText]:
    """Return the text tracks: sidecars, embedded streams, captions, then the dual track asked for.

    Raises InvalidSpec for a dual track of a language that the title has no text in.
    """
    names: set[str] = set()
    tracks = [
        _planned(
            names,
            sidecar.language,
            sidecar.name or "",
            FromSidecar(index),
            forced=sidecar.forced,
            hearing_impaired=sidecar.hearing_impaired,
            role=sidecar.role,
        )
        for index, sidecar in enumerate(spec.subtitles)
    ]
    tracks += [
        _planned(
            names,
            stream.language or UNDETERMINED,
            stream.title or "",
            FromStream(stream.index),
            forced=stream.disposition.forced,
            hearing_impaired=stream.disposition.hearing_impaired,
            convertible=not stream.bitmap,
        )
        for stream in media.text
        if not any(found.stream_index == stream.index for found in captions)
    ]
    tracks += [
        _planned(
            names,
            planned.language,
            planned.title,
            planned.origin,
            forced=False,
            hearing_impaired=True,  # they are made for those who cannot hear
            convertible=planned.origin.left_out is None,
        )
        for planned in plan_captions(spec.captions, media, captions)
    ]
    if spec.dual_text is not None:
        tracks.append(_dual(names, spec.dual_text, tracks))
    return tracks


def find_text(tracks: Iterable[PlannedText], language: str, wish: str) -> PlannedText:
    """Return the track of a language (a BCP-47 tag): full before SDH, forced, and lyrics.

    "pt" also finds pt-BR. Raises InvalidSpec, naming the `wish`, where there is none.
    """
    wanted = language.lower()
    usable = [
        track for track in tracks if track.convertible and not isinstance(track.origin, FromTracks)
    ]
    ranked = sorted(
        (track for track in usable if _speaks(track, wanted)),
        key=lambda t: (
            t.language.lower() != wanted,
            t.role is not None,
            t.forced,
            t.hearing_impaired,
        ),
    )
    if not ranked:
        offered = ", ".join(sorted({track.language for track in usable})) or "none"
        raise InvalidSpec(
            f"{wish} {language}: the title has no text in it (languages with text: {offered}):"
            f" add --subtitles {language}=FILE"
        )
    return ranked[0]


def _speaks(track: PlannedText, wanted: str) -> bool:
    language = track.language.lower()
    return language == wanted or language.startswith(f"{wanted}-")


def _dual(
    names: set[str], languages: tuple[str, str], tracks: Sequence[PlannedText]
) -> PlannedText:
    above, below = (find_text(tracks, language, "dual text") for language in languages)
    if above is below:
        raise InvalidSpec(
            f"dual text {languages[0]}+{languages[1]}: both are {above.name}: name two languages"
        )
    return PlannedText(
        name=_unused(names, f"text-{above.language}-{below.language}-dual"),
        language=above.language,
        title=f"{language_name(above.language)} + {language_name(below.language)}",
        forced=False,
        hearing_impaired=False,
        origin=FromTracks((above.name, below.name)),
        convertible=True,
    )


def _planned(
    names: set[str],
    language: str,
    title: str,
    origin: TextOrigin,
    *,
    forced: bool,
    hearing_impaired: bool,
    convertible: bool = True,
    role: TextRole | None = None,
) -> PlannedText:
    kind = "-forced" * forced + "-sdh" * hearing_impaired + (f"-{role}" if role else "")
    return PlannedText(
        name=_unused(names, f"text-{language}{kind}"),
        language=language,
        title=title,
        forced=forced,
        hearing_impaired=hearing_impaired,
        origin=origin,
        convertible=convertible,
        role=role,
    )


def _unused(names: set[str], name: str) -> str:
    """Return `name`, numbered where another track has it, and remember it."""
    number, unused = 1, name
    while unused in names:
        number += 1
        unused = f"{name}-{number}"
    names.add(unused)
    return unused
