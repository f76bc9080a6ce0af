"""Whether what a step answered can be used: stored, read again, and built upon."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from farm.facts import Analysis, ChapterList, Source, TextTrack
from farm.ladder import Ladder
from farm.mediainfo import MediaInfo
from farm.parts import Product
from farm.plan import WHOLE, StepPlan
from farm.serial import from_json, to_json
from ladders.chunks import Cuts
from media.text.track import track_cues

KINDS: dict[str, type] = {
    **{"ingest": Source, "analyze": Analysis, "cut": Cuts, "ladder": Ladder},
    **{"text": TextTrack, "chapters": ChapterList},
}
LONGEST_S = 24 * 3600  # of a title made from seeds of a second or two


class BadFact(Exception):
    """A step answered with a fact that is none; the message says which."""


def check_product(step: StepPlan, part: str, product: Product) -> None:
    """Raise BadFact for a product that the farm could not store or build upon."""
    stored = json.dumps([product.facts, product.evidence])
    for sign in ("NaN", "Infinity", "\\u0000", "\\ud8", "\\udc"):  # PostgreSQL takes none of them
        if sign in stored and not _is_text(sign, stored):
            raise BadFact(f"{step.key}: {sign} in {stored[:2000]}")
    if part != WHOLE:
        return
    facts: object = from_json(KINDS[step.kind], product.facts)
    if to_json(facts) != product.facts:
        raise BadFact(f"{step.key}: {facts} is not {product.facts}")
    for complaint in _complaints(facts, product.files):
        raise BadFact(f"{step.key}: {complaint}: {facts}")


def _is_text(sign: str, stored: str) -> bool:
    """Return whether a word that is no JSON stands in quotes, as in a title."""
    return sign.isalpha() and not any(map(_is_odd, _numbers(json.loads(stored))))


def _is_odd(number: float) -> bool:
    return not math.isfinite(number)


def _numbers(value: Any) -> Iterator[float]:
    match value:
        case float():
            yield value
        case dict():
            for each in value.values():
                yield from _numbers(each)
        case list():
            for each in value:
                yield from _numbers(each)


def _complaints(facts: object, files: dict[str, Path]) -> Iterator[str]:
    """Give what is impossible about facts."""
    match facts:
        case Source(media=media):
            yield from _media_complaints(media)
        case Analysis():
            yield from _analysis_complaints(facts)
        case TextTrack(dropped=dropped, cues=cues):
            if (dropped is None) != ("text.vtt" in files) or (dropped is None) != bool(cues):
                yield "a track is dropped and is not"
            if "text.vtt" in files:
                yield from _cue_complaints(files["text.vtt"], cues)
        case ChapterList(chapters=chapters):
            if bool(chapters) != ("chapters.vtt" in files):
                yield "a list of chapters without its file, or a file without a list"
            if any(one.end_s > two.start_s for one, two in pairwise(chapters)):
                yield "chapters overlap"


def _media_complaints(media: MediaInfo) -> Iterator[str]:
    if media.duration_s < 0:
        yield "it lasts less than nothing"
    if any(stream.frame_rate <= 0 for stream in media.video):
        yield "a picture without a rate"
    if any(chapter.end_s < chapter.start_s for chapter in media.chapters):
        yield "a chapter ends before it starts"


def _analysis_complaints(analysis: Analysis) -> Iterator[str]:
    if not 0 < analysis.duration_s < LONGEST_S:
        yield f"a duration of {float(analysis.duration_s)} s"
    if analysis.missing_s < 0:
        yield f"{analysis.missing_s} s are missing"
    timeline = analysis.timeline
    if timeline is not None and timeline.duration_s != analysis.duration_s:
        yield "the title is not as long as its timeline"


def _cue_complaints(path: Path, count: int) -> Iterator[str]:
    cues = track_cues(path.read_text("utf-8"))
    if len(cues) != count:
        yield f"{len(cues)} cues were written, {count} counted"
    if any(cue.start_ms >= cue.end_ms for cue in cues):
        yield "a cue ends before it starts"
