"""Cue text with tags, as WebVTT and SubRip files write it, to runs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal

from media.text.overrides import OVERRIDE, Overrides
from media.text.payload import BOLD, ITALIC, UNDERLINE, UNSHOWABLE, OpenTags, Tag, TextRun, escaped
from media.text.word_times import word_time

Dialect = Literal["vtt", "srt"]

# Possessive quantifiers: no text makes these look at a character twice.
_TAG = r"<(?P<slash>/?)(?P<name>[^\s.<>/]*+)(?P<rest>[^<>]*+)>"
_TOKEN, _TOKEN_OR_OVERRIDE = re.compile(_TAG), re.compile(f"{_TAG}|{OVERRIDE}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CLASSES = re.compile(r"(?:\.[\w-]{1,64}+){1,8}+")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_MAX_ANNOTATION_CHARS = 100

_PLAIN = {
    "b": BOLD,
    "strong": BOLD,
    "i": ITALIC,
    "em": ITALIC,
    "u": UNDERLINE,
    "ruby": Tag("ruby", "<ruby>"),
    "rt": Tag("rt", "<rt>"),
}
# Tags whose text counts and whose look has no place in WebVTT.
_LOOK_ONLY = frozenset(
    {"font", "span", "p", "div", "s", "strike", "del", "tt", "small", "big", "v", "c", "lang"}
)


def cue_runs(text: str, dialect: Dialect, overrides: Overrides | None = None) -> Iterator[TextRun]:
    """Yield the runs of `text`: b, i, u, ruby, v, c, lang and times are kept, other looks dropped.

    ASS overrides ("{\\an8}"), which files of both formats borrow, go to `overrides`; they are text
    where there is none. In SubRip unknown tags are text ("<sighs>").
    """
    open_tags = OpenTags()

    def run(plain: str) -> TextRun:
        return TextRun(plain, open_tags() + (overrides.tags() if overrides else ()))

    position = 0
    for token in (_TOKEN_OR_OVERRIDE if overrides else _TOKEN).finditer(text):
        plain = text[position : token.start()]
        if plain and not (overrides and overrides.hide(plain)):
            yield run(_plain(plain))
        position = token.end()
        if overrides and token["name"] is None:
            overrides.apply(token["overrides"])
            continue
        name = token["name"].lower()
        if name[:1].isdigit() and (at_ms := word_time(token[0])) is not None:
            yield TextRun("", at_ms=at_ms)
        elif name == "br":
            yield run("\n")
        elif token["slash"]:
            open_tags.close(_PLAIN[name].name if name in _PLAIN else name)
        elif tag := _PLAIN.get(name) or _annotated(name, token["rest"]):
            open_tags.open(tag)
        elif dialect == "srt" and name not in _LOOK_ONLY:
            yield run(token[0])
    plain = text[position:]
    if not (overrides and overrides.hide(plain)):
        yield run(_plain(plain))


def _plain(text: str) -> str:
    """Return `text` with its whole character references resolved ("AT&T" stays)."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def _annotated(name: str, rest: str) -> Tag | None:
    """Return a voice, class or language tag with what is sound of its classes and annotation."""
    classes = _CLASSES.match(rest)
    dotted = classes[0] if classes else ""
    told = UNSHOWABLE.sub("", _plain(rest[len(dotted) :]))
    annotation = " ".join(told.split())[:_MAX_ANNOTATION_CHARS].strip()
    opening = ""
    if name == "v" and annotation:
        opening = f"<v{dotted} {escaped(annotation)}>"
    elif name == "c":  # without a class, too: only elements can be styled as past
        opening = f"<c{dotted}>"
    elif name == "lang" and _LANGUAGE.fullmatch(annotation):
        opening = f"<lang {annotation}>"
    # "<v -->" would begin a cue: the arrow may stand nowhere in a payload.
    return Tag(name, opening) if opening and "-->" not in opening else None
