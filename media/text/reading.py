"""How text reads: how fast, with which gaps, and in which language it seems to be.

The language is told by chardet's statistics of letters, piece by piece; related languages that it
mixes up count as one.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

import chardet

from farm.found import Span
from farm.text_found import TextFound
from media.text.cue import Cue
from media.text.placement import Band, band

# Guides for subtitles ask for 12 to 20 characters a second (BBC's 160 to 180 words a minute are
# about 17; services for films take up to 20): beyond this nobody's guide goes.
MAX_CPS = 25.0
FULL_WIDTH = 2  # how many characters one of Chinese, Japanese or Korean counts for
MAX_FLICKER_MS = 80  # two frames at 25 a second: a gap that is seen as flicker
MAX_PAST_END_MS = 500  # a last cue is often rounded up
MOST_KEPT = 100

# Of prose in 25 languages chardet told 1,000 characters right 473 times of 475 (Croatian, and
# Indonesian for Malay); of 600 of dialogue it took German for Swedish now and then.
PIECE_CHARACTERS = 1000
MIN_BYTES = 600  # of UTF-8, in which a language of few letters takes more of them
MIN_AGREEMENT = 0.75  # of the pieces
# Of each group one stands for all.
RELATED = {
    **dict.fromkeys(("no", "nb", "nn", "da"), "da"),
    **dict.fromkeys(("hr", "sr", "bs", "sl", "sh"), "hr"),
    **dict.fromkeys(("id", "ms"), "id"),
    **dict.fromkeys(("cs", "sk"), "cs"),
    **dict.fromkeys(("pt", "gl"), "pt"),
    **dict.fromkeys(("es", "ca"), "es"),
    **dict.fromkeys(("ru", "be", "uk", "bg", "mk"), "ru"),
    **dict.fromkeys(("zh", "yue", "cmn"), "zh"),
    **dict.fromkeys(("nl", "af"), "nl"),
    **dict.fromkeys(("ar", "fa", "ur"), "ar"),
    **dict.fromkeys(("et", "fi"), "fi"),
}
# Those it was tried on; of others nothing is said.
TOLD = frozenset(
    (
        *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "fi", "pl", "cs", "hu", "hr"),
        *("ro", "tr", "ru", "el", "ja", "ko", "zh", "vi", "id"),
    )
)
_TAG = re.compile("<[^<>]*>")


def read(
    cues: Sequence[Cue], delivered: Sequence[Cue], *, duration_ms: int, timed: bool
) -> TextFound:
    """Return what is found in `cues`, which are made of those `delivered` for a title.

    `timed` is whether whoever wrote them chose the times: those of live captions say nothing.
    """
    language = language_of(_shown(cue) for cue in cues)
    if not timed:
        return TextFound(None, language=language)
    speeds = [(_cps(cue), cue) for cue in cues]
    return TextFound(
        fastest_cps=round(max((cps for cps, _ in speeds), default=0.0), 1),
        fast=_spans((cue.start_ms, cue.end_ms) for cps, cue in speeds if cps > MAX_CPS),
        brief=_spans(_gaps(cues)),
        overlapping=_spans(_overlaps(delivered)),
        past_end=_spans(
            (cue.start_ms, cue.end_ms)
            for cue in delivered
            if cue.payload and cue.end_ms > duration_ms + MAX_PAST_END_MS
        ),
        language=language,
    )


def language_of(texts: Iterable[str]) -> str | None:
    """Return the language of texts as one of `TOLD`; None where they are short or disagree."""
    whole = " ".join(" ".join(texts).split())
    starts = range(0, len(whole), PIECE_CHARACTERS)
    pieces = [whole[at : at + PIECE_CHARACTERS].encode() for at in starts]
    long = [piece for piece in pieces if len(piece) >= MIN_BYTES]
    if not long:
        return None
    votes = Counter(family(chardet.detect(piece)["language"] or "") for piece in long)
    (found, times), *_ = votes.most_common(1)
    return found if found in TOLD and times >= MIN_AGREEMENT * len(long) else None


def family(language: str) -> str:
    """Return the language that stands for those a tag is mixed up with."""
    primary = language.partition("-")[0].lower()
    return RELATED.get(primary, primary)


def _shown(cue: Cue) -> str:
    return html.unescape(_TAG.sub("", cue.payload))


def _cps(cue: Cue) -> float:
    shown = " ".join(_shown(cue).split())
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in shown)
    count = len(shown) + (FULL_WIDTH - 1) * wide
    return 1000 * count / max(1, cue.end_ms - cue.start_ms)


def _gaps(cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    for before, after in _neighbours(cues):
        if 0 < after.start_ms - before.end_ms < MAX_FLICKER_MS:
            yield before.end_ms, after.start_ms


def _overlaps(cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    """Yield where a cue shows that began before another one of the same place ended."""
    for before, after in _neighbours(cues):
        if before.start_ms < after.start_ms < before.end_ms:
            yield after.start_ms, min(before.end_ms, after.end_ms)


def _neighbours(cues: Sequence[Cue]) -> Iterator[tuple[Cue, Cue]]:
    places: dict[Band, list[Cue]] = {}
    for cue in sorted(cues, key=lambda cue: cue.start_ms):
        if cue.payload:
            places.setdefault(band(cue.settings), []).append(cue)
    for place in places.values():
        yield from pairwise(place)


def _spans(times_ms: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    kept = islice(times_ms, MOST_KEPT)
    return tuple(Span(start_ms / 1000, end_ms / 1000) for start_ms, end_ms in kept)
