"""A subtitle file of any kind to cues: what it is by content, never by name."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from farm.errors import InvalidSource
from media.text.ass import read_ass
from media.text.counted import MICRODVD, MPL2, read_microdvd, read_mpl2
from media.text.cue import MAX_BYTES, MAX_CUES, Cue, NotSubtitles
from media.text.decoding import NotText, decode
from media.text.findings import Findings
from media.text.srt import read_srt
from media.text.timing import read_timing
from media.text.ttml import read_ttml
from media.text.vtt import read_vtt

SubtitleFormat = Literal["WebVTT", "TTML", "ASS", "MicroDVD", "MPL2", "SubRip"]

# What begins every cue, so that too many are refused before they are read.
_CUE_MARKS = {"WebVTT": "-->", "TTML": "<p ", "ASS": "Dialogue:", "SubRip": "-->"} | {
    "MicroDVD": "}{",
    "MPL2": "][",
}
_HEAD_CHARS = 64 * 1024  # where a format must show itself
_TTML_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,31}:)?tt[\s>]")
_ASS_SECTION = re.compile(r"^[ \t]{0,8}\[(?:script info|v4\+? styles|events)\]", re.I | re.M)
_MAX_REASON_CHARS = 200


def read_subtitles(
    data: bytes, *, name: str, language: str, findings: Findings, fps: Fraction | None = None
) -> tuple[Cue, ...]:
    """Return the cues of a subtitle file; what was mended while reading goes to `findings`.

    `name` is what a person calls the file, `language` (BCP-47) helps to tell 8-bit encodings
    apart, `fps` is the title's rate, for files that count frames. Raises InvalidSource, naming
    the file, for what is not subtitles or is beyond the caps.
    """
    if len(data) > MAX_BYTES:
        raise InvalidSource(f"{name}: {len(data):,} bytes are too many for subtitles: split it up")
    try:
        return tuple(_read(decoded_text(data, language, findings), language, fps, findings))
    except (NotSubtitles, NotText) as error:
        reason = " ".join(str(error).split())[:_MAX_REASON_CHARS]
        raise InvalidSource(f"{name}: not usable as subtitles, because {reason}") from error


def _read(text: str, language: str, fps: Fraction | None, findings: Findings) -> list[Cue]:
    kind = subtitle_format(text)
    if kind is not None and text.count(_CUE_MARKS[kind]) > MAX_CUES:
        raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
    match kind:
        case "WebVTT":
            return read_vtt(text, findings)
        case "TTML":
            return read_ttml(text, findings, language)
        case "ASS":
            return read_ass(text, findings)
        case "MicroDVD":
            return read_microdvd(text, findings, fps)
        case "MPL2":
            return read_mpl2(text, findings)
        case "SubRip":
            return read_srt(text, findings)
    raise NotSubtitles("it is neither SubRip, WebVTT, ASS, SSA, TTML, MicroDVD nor MPL2")


def decoded_text(data: bytes, language: str, findings: Findings) -> str:
    """Return `data` as text, telling `findings` what had to be guessed; raises NotText."""
    decoded = decode(data, language)
    if decoded.guessed:
        findings.say(f"read as {decoded.guessed}: the file does not say its encoding")
    if decoded.replaced:
        several = "s" if decoded.replaced > 1 else ""
        findings.say(f"{decoded.replaced} illegible character{several} replaced")
    return decoded.text.lstrip()


def subtitle_format(text: str) -> SubtitleFormat | None:
    """Return what `text` is by its own words, or None."""
    head = text[:_HEAD_CHARS]
    if head.startswith("WEBVTT"):
        return "WebVTT"
    if head.startswith("<") and _TTML_ROOT.search(head):
        return "TTML"
    if _ASS_SECTION.search(head):
        return "ASS"
    if MICRODVD.search(head):
        return "MicroDVD"
    if MPL2.search(head):
        return "MPL2"
    return "SubRip" if any(map(read_timing, head.split("\n"))) else None
