"""Subtitles to draw into the picture, as ASS for FFmpeg's `subtitles` filter."""

from __future__ import annotations

from collections.abc import Iterator

from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from media.text.cue import Cue
from media.text.markup import cue_runs
from media.text.payload import Tag
from media.text.placement import alignment_for
from media.text.track import track_cues

# Letters so large that 42 characters, a subtitle's usual line (Netflix Timed Text Style Guide), fit
# between the margins; pictures narrower than 4:3 get smaller ones.
FONT = "Sans"  # fontconfig's choice of a plain one; for letters it lacks, of others
_LINES_IN_HEIGHT = 18
_HEIGHT_OF_WIDTH = 0.75
_OUTLINE_OF_SIZE = 0.07
SDR_WHITE = 255
# Of 255: what HDR shows at the brightness of white paper, 203 cd/m2 (ITU-R BT.2408, table 1): 58 %
# of the signal in PQ, 75 % in HLG. Its full signal would blind.
HDR_WHITES = {"hdr10": 148, "hlg": 191}
_MARGIN = 0.05  # of the picture: the graphics-safe area of EBU R 95
_LIMIT_MS = 10 * 3_600_000 - 10  # ASS has one digit for hours
_WORD_JOINER = "\u2060"  # keeps a backslash from becoming a command


def burn_in_ass(vtt_text: str, width: int, height: int, white: int = SDR_WHITE) -> str:
    """Return a clean WebVTT track as ASS for a picture of `width` x `height` square pixels.

    White letters (`white`, of 255) with a black outline in the default sans-serif font; bold,
    italic, underline and positions are kept, voices and classes are not. ASS ends at ten hours, and
    so do the cues.
    """
    size = min(height, round(width * _HEIGHT_OF_WIDTH)) / _LINES_IN_HEIGHT
    subs = SSAFile()
    subs.info |= {"PlayResX": str(width), "PlayResY": str(height)}
    subs.styles["Default"] = SSAStyle(
        fontname=FONT,
        fontsize=round(size, 1),
        primarycolor=Color(white, white, white),
        outlinecolor=Color(0, 0, 0),
        outline=round(size * _OUTLINE_OF_SIZE, 1),
        shadow=0,
        alignment=Alignment.BOTTOM_CENTER,
        marginl=round(width * _MARGIN),
        marginr=round(width * _MARGIN),
        marginv=round(height * _MARGIN),
    )
    subs.events = [
        SSAEvent(start=cue.start_ms, end=min(cue.end_ms, _LIMIT_MS), text=_event_text(cue))
        for cue in track_cues(vtt_text)
        if cue.start_ms < _LIMIT_MS
    ]
    return subs.to_string("ass", header_notice="")


def _event_text(cue: Cue) -> str:
    alignment = alignment_for(cue.settings)
    placed = f"{{\\an{alignment}}}" if alignment != Alignment.BOTTOM_CENTER else ""
    return placed + "".join(_pieces(cue))


def _pieces(cue: Cue) -> Iterator[str]:
    """Yield the cue's text with commands where bold, italic and underline begin and end."""
    before: frozenset[str] = frozenset()
    for run in cue_runs(cue.payload, "vtt"):
        if run.text:
            now = _drawn(run.tags)
            yield "".join(f"{{\\{name}0}}" for name in sorted(before - now))
            yield "".join(f"{{\\{name}1}}" for name in sorted(now - before))
            yield _literal(run.text)
            before = now


def _drawn(tags: tuple[Tag, ...]) -> frozenset[str]:
    return frozenset(tag.name for tag in tags if tag.name in {"b", "i", "u"})


def _literal(text: str) -> str:
    """Return `text` so that libass draws it as it is."""
    guarded = text.replace("\\", f"\\{_WORD_JOINER}")
    return guarded.replace("{", "\\{").replace("}", "\\}").replace("\n", "\\N")
