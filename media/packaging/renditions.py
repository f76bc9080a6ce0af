"""Audio and text as a viewer chooses among them: names, defaults and groups for both manifests."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from farm.facts import AudioTrack, TextTrack
from media.packaging.languages import language_name
from media.packaging.title import Title

# HLS Authoring Specification 8.10-8.11; the values are Apple's Uniform Type Identifiers.
DESCRIBES_VIDEO = "public.accessibility.describes-video"
FOR_HARD_OF_HEARING = (
    "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
)
UNPRINTABLE = frozenset({"Cc", "Cs", "Cn"})  # controls, surrogates, what is no character at all
AUDIO_QUALIFIERS = {
    "commentary": "commentary",
    "description": "audio description",
    "dub": "dub",
    "original": "original",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One choice of the audio menu; the same in every group, whatever its encoding."""

    name: str
    language: str
    default: bool
    autoselect: bool
    characteristics: str
    role: str
    tracks: tuple[AudioTrack, ...]  # its encodings


@dataclass(frozen=True, slots=True)
class AudioGroup:
    """One encoding of every voice: the members of an HLS group, all of the same set."""

    group_id: str
    members: tuple[tuple[Voice, AudioTrack], ...]

    @property
    def main(self) -> AudioTrack:
        """Return the track that plays unless the viewer chooses."""
        return next(track for voice, track in self.members if voice.default)


@dataclass(frozen=True, slots=True)
class Caption:
    """One choice of the subtitle menu."""

    name: str
    autoselect: bool
    characteristics: str
    track: TextTrack


def voices(audios: Sequence[AudioTrack]) -> tuple[Voice, ...]:
    """Return the audio menu, exactly one of its voices the default."""
    if not audios:
        return ()
    sounds: dict[tuple[int | None, int], list[AudioTrack]] = {}
    for audio in audios:
        sounds.setdefault(_sound(audio), []).append(audio)
    leads = [tracks[0] for tracks in sounds.values()]
    names = _names(leads, lambda lead: AUDIO_QUALIFIERS.get(lead.role, ""))
    default = _default(leads)
    chosen = {_answer(default)}
    menu = []
    for name, lead, tracks in zip(names, leads, sounds.values(), strict=True):
        is_default = lead is default
        # A player that selects by language must find one answer (RFC 8216, 4.3.4.1.1).
        answer = _answer(lead)
        autoselect = is_default or (lead.role != "commentary" and answer not in chosen)
        if autoselect:
            chosen.add(answer)
        menu.append(
            Voice(
                name,
                lead.language,
                is_default,
                autoselect,
                _characteristics(lead),
                lead.role,
                tuple(tracks),
            )
        )
    return tuple(menu)


def _sound(audio: AudioTrack) -> tuple[int | None, int]:
    """Return what a track shares with other encodings of the same sound alone."""
    return audio.voice, audio.stream_index


def audio_groups(title: Title) -> tuple[AudioGroup, ...]:
    """Return the audio groups, best last: by channels beside video, by channels and rate alone.

    Every group offers every voice, as RFC 8216, 4.3.4.1.1 demands: one that has no such encoding
    is offered in its nearest.
    """
    menu = voices(title.audios)
    lead = next((voice for voice in menu if voice.default), None)
    if lead is None:
        return ()
    if title.rungs:
        tiers = sorted({(track.channels > 2, 0) for track in title.audios})
    else:
        tiers = sorted({(track.channels > 2, track.bps) for track in lead.tracks})
    return tuple(
        AudioGroup(
            _group_id(surround, bps),
            tuple((voice, _nearest(voice.tracks, surround, bps)) for voice in menu),
        )
        for surround, bps in tiers
    )


def _group_id(surround: bool, bps: int) -> str:
    layout = "audio-surround" if surround else "audio-stereo"
    if not bps:
        return layout
    return f"{layout}-{bps // 1000}k" if bps % 1000 == 0 else f"{layout}-{bps}"


def captions(texts: Sequence[TextTrack]) -> tuple[Caption, ...]:
    """Return the subtitle menu; forced tracks always answer for their language (Apple 5.11).

    Lyrics answer for theirs where there is nothing else in it. HLS has no characteristic for them:
    those of captions would promise dialogue, so that their name alone tells them apart.
    """
    names = _names(texts, _text_qualifier)
    chosen = {_text_answer(text) for text in texts if text.role is None}
    taken: set[tuple[str, bool, bool]] = set()
    menu = []
    for name, text in zip(names, texts, strict=True):
        answer = _text_answer(text)
        second = answer in taken or (text.role is not None and answer in chosen)
        autoselect = text.forced or not second
        if autoselect:
            taken.add(answer)
        characteristics = FOR_HARD_OF_HEARING if text.hearing_impaired else ""
        menu.append(Caption(name, autoselect, characteristics, text))
    return tuple(menu)


T = TypeVar("T", bound=AudioTrack | TextTrack)


def _names(tracks: Sequence[T], qualifier: Callable[[T], str]) -> list[str]:
    """Return a name for each track, no two the same (RFC 8216, 4.3.4.1.1)."""
    names = [menu_text(track.title) for track in tracks]
    for index, track in enumerate(tracks):
        if not names[index] or names.count(names[index]) > 1:
            base = names[index] or language_name(track.language)
            names[index] = " ".join([base, *(f"({q})" for q in [qualifier(track)] if q)])
    return _numbered(names)


def _numbered(names: list[str]) -> list[str]:
    taken: list[str] = []
    for name in names:
        candidates = (name if n == 1 else f"{name} {n}" for n in count(1))
        taken.append(next(candidate for candidate in candidates if candidate not in taken))
    return taken


def menu_text(text: str) -> str:
    """Return `text` as one line that HLS can quote and XML can hold."""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in UNPRINTABLE)
    return " ".join("".join(kept).replace('"', "'").split())


def _text_qualifier(text: TextTrack) -> str:
    kinds = [("forced", text.forced), ("SDH", text.hearing_impaired), (text.role or "", text.role)]
    return ", ".join(kind for kind, applies in kinds if applies)


def _text_answer(text: TextTrack) -> tuple[str, bool, bool]:
    return text.language, text.forced, text.hearing_impaired


def _default(leads: Sequence[AudioTrack]) -> AudioTrack:
    """Return what plays by default: flagged as such, else the first that is main."""
    return min(leads, key=lambda lead: (not lead.default, lead.role != "main"))


def _answer(lead: AudioTrack) -> tuple[str, str]:
    """Return what players select by: two that agree in it are one choice to them."""
    return lead.language, _characteristics(lead)


def _characteristics(lead: AudioTrack) -> str:
    return DESCRIBES_VIDEO if lead.role == "description" else ""


def _nearest(tracks: Sequence[AudioTrack], surround: bool, bps: int) -> AudioTrack:
    def distance(track: AudioTrack) -> tuple[bool, int]:
        # Where the tier names no rate, the best there is.
        return (track.channels > 2) != surround, abs(track.bps - bps) if bps else -track.bps

    return min(tracks, key=distance)
