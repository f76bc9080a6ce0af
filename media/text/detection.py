"""Which 8-bit or multi-byte encoding bytes are in: statistics, and what no text looks like.

chardet ranks encodings by how well pairs of bytes fit languages. From a cue or two that leaves
several close together, so two further questions are asked of each. Does the text it gives look like
any: no word of two scripts, no capital behind a small letter, no symbol that nobody writes? And is
it written in the letters of the language that was declared for it? A declaration only settles
what is close already, since it may be wrong.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from chardet import EncodingEra, detect_all

from media.text.letters import LETTERS

# Those in which people kept subtitles and chapters, and not those of mainframes and terminals.
ERAS = EncodingEra.MODERN_WEB | EncodingEra.LEGACY_ISO | EncodingEra.LEGACY_MAC | EncodingEra.DOS
CLOSE = 0.8  # of the best one's confidence: as near as statistics of few letters can tell
USUAL = "cp125"  # Windows' own: of names for the same text the one that people expect
SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI"})
SYMBOLS = frozenset({"Sm", "Sk", "So", "Sc", "Cc", "Cn", "Co"})  # categories of Unicode
WRITTEN = frozenset("°♪♫♩♬€£¥¢©®™×")  # all the same, in subtitles
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Candidate:
    encoding: str
    confidence: float
    text: str


def detect(data: bytes, language: str) -> str | None:
    """Return the likeliest encoding of `data`, which is not UTF-8; None where none fits.

    `language` is the one declared, as BCP-47; "und" where nobody did.
    """
    candidates = _candidates(data)
    if not candidates:
        return None
    oddities = [_oddities(candidate.text) for candidate in candidates]
    least = min(oddities)
    likely = [c for c, odd in zip(candidates, oddities, strict=True) if odd == least]
    close = [c for c in likely if c.confidence >= CLOSE * likely[0].confidence]
    known = LETTERS.get(language.partition("-")[0].lower(), frozenset())
    fitting = (c for c in close if (letters := _letters(c.text)) and letters <= known)
    chosen = next(fitting, likely[0])
    names = [candidate.encoding for candidate in likely if candidate.text == chosen.text]
    return min(names, key=lambda name: not name.startswith(USUAL))


def _candidates(data: bytes) -> list[_Candidate]:
    found = []
    guesses = detect_all(
        data,
        ignore_threshold=True,
        encoding_era=ERAS,
        compat_names=False,
        exclude_encodings=["utf-8"],
    )
    for guess in guesses:
        name = guess["encoding"]
        if name is None:
            continue
        try:
            text = data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
        normal = unicodedata.normalize("NFC", text)
        found.append(_Candidate(codecs.lookup(name).name, guess["confidence"], normal))
    return found


def _oddities(text: str) -> int:
    """Return how many things in a text are there in none that people write."""
    words = (word for word in _WORD.findall(text) if not word.isascii())
    others = (character for character in text if not character.isascii())
    symbols = (c for c in others if unicodedata.category(c) in SYMBOLS and c not in WRITTEN)
    return sum(1 for _ in symbols) + sum(_is_odd(word) for word in words)


def _is_odd(word: str) -> bool:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & SCRIPTS
    return len(scripts) > 1 or any(a.islower() and b.isupper() for a, b in pairwise(word))


def _letters(text: str) -> frozenset[str]:
    return frozenset(c for c in text.lower() if c.isalpha() and not c.isascii())
