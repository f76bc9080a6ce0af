"""SAMI (.smi) to cues: Microsoft's captions, as the field writes them.

A SYNC element says from when on its paragraphs show; the class of each says its language, and a
paragraph with nothing but "&nbsp;" clears. Files leave elements open, have no style for a class, or
hold no paragraphs: they are read as HTML of tags, not as a tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from farm.language import UNDETERMINED, declared_language
from media.text.cue import FOREVER_MS, MAX_CHARS, MAX_CUES, Cue, NotSubtitles
from media.text.findings import UNREADABLE_TIMES, Findings
from media.text.languages import in_one_language
from media.text.markup import cue_runs
from media.text.payload import payload

SAMI = re.compile(r"<(?:sami|sync)[\s>]", re.IGNORECASE)
MAX_PARAGRAPH_CHARS = 16 * MAX_CHARS  # with markup

_BODY = re.compile(r"<(?:body|sync)[\s>]", re.IGNORECASE)
_SYNC = re.compile(r"<sync(?=[\s>/])([^<>]*+)>|</(?:body|sami)\s*>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<p(?=[\s>/])([^<>]*+)>|</p\s*>", re.IGNORECASE)
_ATTRIBUTE = r"\b{}\s{{0,8}}=\s{{0,8}}[\"']?\s{{0,8}}([^\s\"'<>]{{1,64}})"
_START = re.compile(_ATTRIBUTE.format("start"), re.IGNORECASE)
_END = re.compile(_ATTRIBUTE.format("end"), re.IGNORECASE)
_CLASS = re.compile(_ATTRIBUTE.format("class"), re.IGNORECASE)
_LANG = re.compile(_ATTRIBUTE.format("lang"), re.IGNORECASE)
_MILLISECONDS = re.compile(r"(-?[0-9]{1,10})(?:\.[0-9]{1,6})?(?:ms)?;?", re.IGNORECASE)
_STYLE = re.compile(r"\.([\w-]{1,64})\s{0,8}\{([^{}]{0,1000})\}")
_STYLE_LANGUAGE = re.compile(
    r"\blang\s{0,8}:\s{0,8}[\"']?([A-Za-z]{2,8}(?:[-_][\w-]{1,27})?)", re.I
)
_CLASS_LANGUAGE = re.compile(r"([a-z]{2})(?:[a-z]{2})?cc", re.IGNORECASE)  # KRCC, ENUSCC
_SPACE_WITHOUT_END = re.compile(r"&nbsp(?![;a-z0-9])|&nbsp;", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n]+")
# Countries that many files write where the language belongs.
_LANGUAGES_OF = {"kr": "ko", "jp": "ja", "cn": "zh", "tw": "zh-TW", "eg": "en"}


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Text of one class ("" where none is said) and when it begins to show."""

    start_ms: int
    end_ms: int | None
    class_name: str
    language: str  # as written in the paragraph itself
    text: str


def read_sami(text: str, findings: Findings, language: str = UNDETERMINED) -> list[Cue]:
    """Return the cues of SAMI `text`; of a file in several languages, those of the one asked for.

    A paragraph shows until the next of its class, or one that says no class; the last of a file
    to the end of the title. Raises NotSubtitles where there are too many.
    """
    text = _without_comments(text)
    languages = _class_languages(text)
    paragraphs = list(_paragraphs(text, findings))
    for before, after in pairwise(paragraphs):
        if after.start_ms < before.start_ms:
            findings.note("put in order of time", after.start_ms)
    paragraphs.sort(key=_start_ms)
    cues = []
    for paragraph, end_ms in zip(paragraphs, _ends(paragraphs), strict=True):
        runs = cue_runs(paragraph.text, "vtt")
        cue = Cue(paragraph.start_ms, end_ms, payload(runs, findings, paragraph.start_ms))
        if cue.payload:
            said = paragraph.language or languages.get(paragraph.class_name, "")
            cues.append((said or _by_class_name(paragraph.class_name), cue))
    return in_one_language(cues, language, findings)


def _paragraphs(text: str, findings: Findings) -> Iterator[_Paragraph]:
    """Yield the paragraphs of every SYNC in the order of the file."""
    syncs = list(_SYNC.finditer(text))
    if len(syncs) > MAX_CUES:
        raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
    ends = [sync.start() for sync in syncs[1:]] + [len(text)]
    count = 0
    for sync, end in zip(syncs, ends, strict=False):
        if sync[1] is None:  # behind the end of the body
            continue
        start_ms = _milliseconds(_START.search(sync[1]))
        if start_ms is None:
            findings.note(UNREADABLE_TIMES)
            continue
        for attributes, written in _within(text[sync.end() : end]):
            if len(written) > MAX_PARAGRAPH_CHARS:
                findings.note(f"cut to {MAX_PARAGRAPH_CHARS} characters", start_ms)
            count += 1
            if count > MAX_CUES:
                raise NotSubtitles(f"it has more than {MAX_CUES:,} cues")
            named, spoken = _CLASS.search(attributes), _LANG.search(attributes)
            yield _Paragraph(
                start_ms,
                _milliseconds(_END.search(sync[1])),
                named[1].lower() if named else "",
                _language(spoken[1]) if spoken else "",
                _spaced(written[:MAX_PARAGRAPH_CHARS]),
            )


def _within(block: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes and the text of each paragraph of a SYNC; one of nothing if empty."""
    position, attributes, found = 0, "", False
    for tag in _PARAGRAPH.finditer(block):
        written = block[position : tag.start()]
        if attributes or written.strip():
            found = True
            yield attributes, written
        position, attributes = tag.end(), tag[1] or ""
    if attributes or block[position:].strip() or not found:
        yield attributes, block[position:]


def _ends(paragraphs: list[_Paragraph]) -> list[int]:
    """Return when each paragraph ends: where a later one takes its place, or where it says."""
    ends: list[int] = []
    next_ms = FOREVER_MS  # of any class
    next_of: dict[str, int] = {}
    for start_ms, group in groupby(reversed(paragraphs), key=_start_ms):
        at_once = list(group)
        for paragraph in at_once:
            name, own_ms = paragraph.class_name, paragraph.end_ms
            end_ms = next_ms
            if name:  # what says no class takes the place of all
                end_ms = min(next_of.get(name, FOREVER_MS), next_of.get("", FOREVER_MS))
            ends.append(own_ms if own_ms and start_ms < own_ms < end_ms else end_ms)
        next_ms = start_ms
        next_of |= {paragraph.class_name: start_ms for paragraph in at_once}
    return ends[::-1]


def _start_ms(paragraph: _Paragraph) -> int:
    return paragraph.start_ms


def _milliseconds(written: re.Match[str] | None) -> int | None:
    number = _MILLISECONDS.fullmatch(written[1]) if written else None
    return int(number[1]) if number else None


def _spaced(written: str) -> str:
    """Return text as HTML spaces it: breaks are elements, and "&nbsp" may lack its end."""
    spaces = _SPACE_WITHOUT_END.sub("\u00a0", written)
    return _SPACES.sub(" ", spaces)


def _without_comments(text: str) -> str:
    """Return `text` without comments in its body; style sheets stand in one of the head."""
    start = _BODY.search(text)
    position = start.start() if start else 0
    kept = [text[:position]]
    while (begin := text.find("<!--", position)) >= 0:
        end = text.find("-->", begin)
        if end < 0:
            break
        kept.append(text[position:begin])
        position = end + 3
    return "".join([*kept, text[position:]])


def _class_languages(text: str) -> dict[str, str]:
    """Return the language of each class that the style sheet names."""
    head = text[: start.start()] if (start := _BODY.search(text)) else text
    said = ((style[1].lower(), _STYLE_LANGUAGE.search(style[2])) for style in _STYLE.finditer(head))
    return {name: _language(language[1]) for name, language in said if language}


def _by_class_name(name: str) -> str:
    found = _CLASS_LANGUAGE.fullmatch(name)
    return _language(found[1]) if found else ""


def _language(written: str) -> str:
    """Return a language tag, "" for none that anybody knows: "kr-KR" means Korean."""
    primary, _, rest = written.replace("_", "-").partition("-")
    primary = _LANGUAGES_OF.get(primary.lower(), primary)
    return declared_language(f"{primary}-{rest}" if rest and "-" not in primary else primary) or ""
