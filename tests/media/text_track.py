"""What the tests of the text step have in common."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from farm.facts import ChapterList, TextTrack
from farm.mediainfo import Chapter
from farm.parts import Part, Product
from farm.serial import from_json
from planning.params import TextParams
from planning.text_origin import FromStream, TextOrigin
from tests.conftest import stored
from workers.steps.ingest import SIDECAR_FILE
from workers.steps.result import StepResult

SRT = (
    '1\n00:00:00,500 --> 00:00:01,500\n<i>Grüße</i> & <font color="red">more</font>\n\n'
    "2\n00:00:02,000 --> 00:00:09,000\nsecond\nline\n"
)
DURATION = Fraction(17, 4)
PADDING = "00:00:04.249 --> 00:00:04.250\n\n"
FROM_SRT = (
    "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n<i>Grüße</i> &amp; more\n\n"
    f"00:00:02.000 --> 00:00:04.250\nsecond\nline\n\n{PADDING}"
)
FROM_VTT = (
    "WEBVTT\n\n00:00:00.500 --> 00:00:01.500 line:0 align:start\n<v Emo>Grüße</v>\n\n" + PADDING
)
CLIPPED = "1 cue clipped to the title's end (at 00:00:02.000)"


def sidecar(tmp_path: Path, data: bytes) -> Part:
    """Return the part ingest makes of a file given beside the source."""
    path = tmp_path / "given"
    path.write_bytes(data)
    return stored(Product(None, {SIDECAR_FILE: path}))


EMBEDDED = FromStream(1)


def text_params(origin: TextOrigin = EMBEDDED) -> TextParams:
    return TextParams("text-de", "de", "Deutsch", False, True, DURATION, origin)


def track(cues: int, *issues: str, dropped: str | None = None, name: str = "text-de") -> TextTrack:
    return TextTrack(name, "de", "Deutsch", False, True, cues, dropped, issues)


def embedded_track(cues: int, *issues: str, dropped: str | None = None) -> TextTrack:
    """Return the track of the stream `EMBEDDED`."""
    return replace(track(cues, *issues, dropped=dropped), stream_index=EMBEDDED.stream)


def made(result: StepResult) -> tuple[TextTrack, str | None]:
    """Return the track but for what was found in its text, and that text."""
    (product,) = result.products.values()
    file = product.files.get("text.vtt")
    track = replace(from_json(TextTrack, product.facts), found=None)
    return track, file.read_text("utf-8") if file else None


def listed(result: StepResult) -> tuple[ChapterList, str | None]:
    (product,) = result.products.values()
    file = product.files.get("chapters.vtt")
    return from_json(ChapterList, product.facts), file.read_text("utf-8") if file else None


def a_chapter(start: str, end: str, title: str) -> Chapter:
    return Chapter(Fraction(start), Fraction(end), {"und": title})
