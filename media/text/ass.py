"""ASS and SSA to cues, through pysubs2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pysubs2 import SSAFile
from pysubs2.formats.substation import EVENT_FIELDS, STYLE_FIELDS
from pysubs2.time import TIMESTAMP, TIMESTAMP_SHORT

from media.text.cue import Cue
from media.text.findings import HIDDEN_TEXT, UNREADABLE_TIMES, Findings
from media.text.overrides import Look, Overrides, ass_runs
from media.text.payload import payload
from media.text.placement import settings_for

Flavour = Literal["ass", "ssa"]

_KEPT_OF_STYLE = ("name", "bold", "italic", "underline", "alignment")
_KEPT_OF_EVENT = ("start", "end", "style", "text")
_COLOURS = ("primarycolour", "outlinecolour", "backcolour")
_TRANSPARENT = re.compile(r"&?H?FF[0-9A-F]{6}&?", re.IGNORECASE)  # alpha, blue, green, red
_ALIGNMENTS = {
    "ass": frozenset("123456789"),
    "ssa": frozenset({"1", "2", "3", "5", "6", "7", "9", "10", "11"}),
}


def read_ass(text: str, findings: Findings) -> list[Cue]:
    """Return the cues of ASS or SSA `text`, in its order; comments are left behind."""
    flavour: Flavour = "ass" if "[v4+ styles]" in text.lower() else "ssa"
    transparent: set[str] = set()
    plain = "\n".join(_plain_lines(text, flavour, transparent, findings))
    subs = SSAFile.from_string(plain, format_=flavour)
    looks = {
        name: Look(
            style.bold,
            style.italic,
            style.underline,
            int(style.alignment),
            transparent=name in transparent,
        )
        for name, style in subs.styles.items()
    }
    default = looks.get("Default", Look())
    cues = []
    for event in subs:
        look = looks.get(event.style.strip().lstrip("*"), default)
        overrides = Overrides(look, looks)
        # Meets the overrides on its way.
        shown = payload(ass_runs(event.text, overrides), findings, event.start)
        settings = settings_for(overrides.alignment or look.alignment)
        if overrides.has_hidden:
            findings.say(HIDDEN_TEXT)
        cues.append(Cue(event.start, event.end, shown, settings))
    return cues


def _plain_lines(
    text: str, flavour: Flavour, transparent: set[str], findings: Findings
) -> Iterator[str]:
    """Yield the styles and events of `text` in the standard's own field order, with sound values.

    pysubs2 expects that order whatever the Format lines say, gives up at one bad number, and takes
    quadratic time over long lines in brackets: it gets only what WebVTT can keep. The names of
    styles in which text does not show are added to `transparent`.
    """
    standard = {"style": ("name", *STYLE_FIELDS[flavour]), "dialogue": tuple(EVENT_FIELDS[flavour])}
    order: Mapping[str, Sequence[str]] = dict(standard)
    section = ""
    for line in text.split("\n"):
        keyword, _, rest = line.strip().partition(":")
        keyword = keyword.lower()
        if keyword.startswith("["):
            section = "style" if "styles" in keyword else "dialogue"
        elif keyword == "format":
            named = tuple(field.strip().lower() for field in rest[:2000].split(","))
            order = {**order, section: named} if section else order
        elif keyword in standard:
            fields = order[keyword]
            values = dict(zip(fields, rest.lstrip().split(",", len(fields) - 1), strict=False))
            if keyword == "style":
                if all(_TRANSPARENT.fullmatch(values.get(name, "").strip()) for name in _COLOURS):
                    transparent.add(values.get("name", "").strip())
                yield _style(values, standard[keyword], flavour)
            elif _timed(values):
                yield _event(values, standard[keyword])
            else:
                findings.note(UNREADABLE_TIMES)


def _style(values: Mapping[str, str], fields: Sequence[str], flavour: Flavour) -> str:
    kept = {name: values[name].strip() or "0" for name in _KEPT_OF_STYLE if name in values}
    if kept.get("alignment") not in _ALIGNMENTS[flavour]:
        kept["alignment"] = "2"
    return "Style: " + ",".join(kept.get(name, "0") for name in fields)


def _event(values: Mapping[str, str], fields: Sequence[str]) -> str:
    kept = {name: values[name] for name in _KEPT_OF_EVENT if name in values}
    return "Dialogue: " + ",".join(kept.get(name, "0") for name in fields)


def _timed(values: Mapping[str, str]) -> bool:
    times = (values.get("start", "").strip(), values.get("end", "").strip())
    return "text" in values and all(
        TIMESTAMP.match(time.removeprefix("-")) or TIMESTAMP_SHORT.match(time.removeprefix("-"))
        for time in times
    )
