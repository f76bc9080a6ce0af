"""A subtitle file of any kind to cues: what it is by content, never by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from farm.errors import InvalidSource
from farm.facts import TextRole
from media.text.ass import read_ass
from media.text.broadcast import SCC_HEADER, is_stl, read_scc, read_stl
from media.text.counted import MICRODVD, MPL2, read_microdvd, read_mpl2
from media.text.cue import MAX_BYTES, MAX_CUES, Cue, NotSubtitles
from media.text.decoding import NotText, decode
from media.text.findings import Findings
from media.text.lyrics import LYRICS, read_lyrics
from media.text.sami import SAMI, read_sami
from media.text.srt import read_srt
from media.text.timing import read_timing
from media.text.ttml import read_ttml
from media.text.vtt import read_vtt

_HEAD_CHARS = 64 * 1024  # where a format must show itself
_TTML_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,31}:)?tt[\s>]")
_ASS_SECTION = re.compile(r"^[ \t]{0,8}\[(?:script info|v4\+? styles|events)\]", re.I | re.M)
_MAX_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """What a file shows; `role` where its format says what it is."""

    cues: tuple[Cue, ...]
    role: TextRole | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a reader may need to know of the title."""

    language: str
    fps: Fraction | None


@dataclass(frozen=True, slots=True)
class _Format:
    """A kind of file: how it shows itself, what begins each of its cues, and its reader."""

    name: str
    shows_in: Callable[[str], object]  # true of the head of such a file
    cue_mark: str  # counted before reading, so that too many cost nothing
    read: Callable[[str, _Asked, Findings], list[Cue]]
    role: TextRole | None = None


FORMATS = (
    _Format("WebVTT", lambda head: head.startswith("WEBVTT"), "-->",
            lambda text, _, findings: read_vtt(text, findings)),
    _Format("SCC", lambda head: head.startswith(SCC_HEADER), "\n\n",
            lambda text, _, findings: read_scc(text, findings)),
    _Format("TTML", lambda head: head.startswith("<") and _TTML_ROOT.search(head), "<p ",
            lambda text, asked, findings: read_ttml(text, findings, asked.language)),
    _Format("SAMI", lambda head: head.startswith("<") and SAMI.search(head), "<SYNC ",
            lambda text, asked, findings: read_sami(text, findings, asked.language)),
    _Format("ASS", _ASS_SECTION.search, "Dialogue:",
            lambda text, _, findings: read_ass(text, findings)),
    _Format("MicroDVD", MICRODVD.search, "}{",
            lambda text, asked, findings: read_microdvd(text, findings, asked.fps)),
    _Format("MPL2", MPL2.search, "][",
            lambda text, _, findings: read_mpl2(text, findings)),
    _Format("SubRip", lambda head: any(map(read_timing, head.split("\n"))), "-->",
            lambda text, _, findings: read_srt(text, findings)),
    _Format("LRC", LYRICS.search, "\n[",
            lambda text, _, findings: read_lyrics(text, findings), role="lyrics"),
)  # fmt: skip


def read_subtitles(
    data: bytes, *, name: str, language: str, findings: Findings, fps: Fraction | None = None
) -> SubtitleFile:
    """Return what a subtitle file shows; what was mended while reading goes to `findings`.

    `name` is what a person calls the file, `language` (BCP-47) helps to tell 8-bit encodings
    apart, `fps` is the title's rate, for files that count frames. Raises InvalidSource, naming
    the file, for what is not subtitles or is beyond the caps.
    """
    if len(data) > MAX_BYTES:
        raise InvalidSource(f"{name}: {len(data):,} bytes are too many for subtitles: split it up")
    try:
        if is_stl(data):
            return SubtitleFile(tuple(read_stl(data, findings)))
        text = decoded_text(data, language, findings)
        return _read(text, _Asked(language, fps), findings)
    except (NotSubtitles, NotText) as error:
        reason = " ".join(str(error).split())[:_MAX_REASON_CHARS]
        raise InvalidSource(f"{name}: not usable as subtitles, because {reason}") from error


def _read(text: str, asked: _Asked, findings: Findings) -> SubtitleFile:
    kind = _format(text)
    if kind is None:
        names = ", ".join(each.name for each in FORMATS)
        raise NotSubtitles(f"it is none of what is read: {names}, STL")
    if text.count(kind.cue_mark) > MAX_CUES:
        raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
    return SubtitleFile(tuple(kind.read(text, asked, findings)), kind.role)


def decoded_text(data: bytes, language: str, findings: Findings) -> str:
    """Return `data` as text, telling `findings` what had to be guessed; raises NotText."""
    decoded = decode(data, language)
    if decoded.guessed:
        findings.say(f"read as {decoded.guessed}: the file does not say its encoding")
    if decoded.replaced:
        several = "s" if decoded.replaced > 1 else ""
        findings.say(f"{decoded.replaced} illegible character{several} replaced")
    return decoded.text.lstrip()


def subtitle_format(text: str) -> str | None:
    """Return the name of what `text` is by its own words, or None."""
    kind = _format(text)
    return kind.name if kind is not None else None


def _format(text: str) -> _Format | None:
    head = text[:_HEAD_CHARS]
    return next((kind for kind in FORMATS if kind.shows_in(head)), None)
