"""How often an encoding is found: on whole files, from one cue, and against a wrong declaration."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from media.text.decoding import NotText, decode

# Dialogue of ours by language, and the encodings it was kept in before Unicode.
SPOKEN = {
    language: (spoken["encodings"], spoken["lines"])
    for language, spoken in json.loads(
        Path(__file__).with_name("spoken.json").read_text("utf-8")
    ).items()
}
CEDILLAS = str.maketrans("ȘșȚț", "ŞşŢţ")  # cp1250 has no other letters for Romanian


@dataclass(frozen=True, slots=True)
class Sample:
    """Lines in a language as bytes, and as they should read."""

    language: str
    encoding: str
    data: bytes
    text: str

    def reads(self, language: str) -> bool:
        try:
            found = decode(self.data, language).text
        except NotText:
            return False
        return _normal(found) == _normal(self.text)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).translate(CEDILLAS)


def _bytes(text: str, encoding: str) -> bytes:
    if encoding != "cp1258":
        return text.encode(encoding)
    return b"".join(map(_in_1258, unicodedata.normalize("NFC", text)))


def _in_1258(letter: str) -> bytes:
    """Return a letter with as few marks apart as windows-1258 allows."""
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        base, *marks = list(unicodedata.normalize("NFD", letter))
        for count in range(len(marks), -1, -1):
            whole = unicodedata.normalize("NFC", base + "".join(marks[:count]))
            rest = "".join(marks[count:])
            try:
                return (whole + rest).encode("cp1258")
            except UnicodeEncodeError:
                continue
        # The last mark stands apart, the one before it is part of the letter.
        whole = unicodedata.normalize("NFC", base + marks[-1])
        return (whole + "".join(marks[:-1])).encode("cp1258")


def _numbered(number: int, line: str) -> str:
    return f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\n{line}\n"


@cache
def files() -> tuple[Sample, ...]:
    """Return a SubRip file of each language in each of its encodings."""
    return tuple(
        Sample(language, encoding, _bytes(text, encoding), text)
        for language, (encodings, lines) in SPOKEN.items()
        for text in ["\n".join(_numbered(n, line) for n, line in enumerate(lines, 1))]
        for encoding in encodings
    )


def cues() -> Iterator[Sample]:
    """Yield every cue of these files that is not in ASCII as a file of its own."""
    for language, (encodings, lines) in SPOKEN.items():
        for line in lines:
            for encoding in encodings:
                data = _bytes(_numbered(1, line), encoding)
                if not data.isascii():
                    yield Sample(language, encoding, data, _numbered(1, line))


@pytest.mark.parametrize("sample", files(), ids=lambda s: f"{s.language} {s.encoding}")
def test_a_file_is_read_right_whatever_language_is_declared(sample: Sample) -> None:
    wrong = [language for language in ("und", *SPOKEN) if not sample.reads(language)]
    assert wrong == []


@pytest.mark.parametrize("declared", [True, False])
def test_of_single_cues_nineteen_in_twenty_are_read_right(declared: bool) -> None:
    samples = list(cues())
    wrong = [s for s in samples if not s.reads(s.language if declared else "und")]
    assert len(wrong) <= len(samples) / (50 if declared else 20)
