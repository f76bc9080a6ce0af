"""The columns of a catalog as a table: cells into the fields of a title.

`subtitles.LANG[.forced][.sdh]` holds a file, `metadata.KEY` anything of the team's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from farm.errors import InvalidSpec

SUBTITLES, METADATA = "subtitles.", "metadata."
FLAGS = {"forced": "forced", "sdh": "hearing_impaired"}
YES, NO = ("true", "yes", "1"), ("false", "no", "0")


def _whole(cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise ValueError(f"{cell!a} is not a whole number") from None


def _switch(cell: str) -> bool:
    if cell.lower() in YES:
        return True
    if cell.lower() in NO:
        return False
    raise ValueError(f"{cell!a} is neither true nor false")


def _names(cell: str) -> list[str]:
    return cell.replace(",", " ").split()


READERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("external_id", "source", "asset", "origin", "chapters", "ladder", "qc"), str),
    **dict.fromkeys(("burn_in", "loudness", "deinterlace", "device", "webhook", "mode"), str),
    **dict.fromkeys(("priority", "program"), _whole),
    "allow_partial": _switch,
    "codecs": _names,
    "dual_text": _names,
}


def column_names(header: list[str]) -> list[str]:
    """Return the columns of a header; raise InvalidSpec naming each that is unknown or double."""
    wrong = []
    for place, name in enumerate(header):
        known = name in READERS or _is_subtitle(name) or _is_metadata(name) or not name
        if not known:
            wrong.append((name, "there is no such column"))
        elif name and name in header[:place]:
            wrong.append((name, "it is there twice"))
    if "source" not in header:
        wrong.append(("source", "the column is missing"))
    if wrong:
        fields = [{"field": name, "message": message} for name, message in wrong]
        sentences = "; ".join(f"{name!a}: {message}" for name, message in wrong)
        raise InvalidSpec(
            f"line 1: {sentences}; the columns are {', '.join(READERS)}, subtitles.LANG and"
            " metadata.KEY",
            fields=fields,
            input="line 1",
        )
    return header


def title_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a title that a row gives; empty cells give none.

    Raises ValueError naming the column and what is wrong with its cell.
    """
    fields: dict[str, Any] = {}
    for name, cell in cells.items():
        text = cell.strip()
        if not text or not name:
            continue
        if _is_subtitle(name):
            fields.setdefault("subtitles", []).append(_subtitle(name, text))
        elif _is_metadata(name):
            fields.setdefault("metadata", {})[name.removeprefix(METADATA)] = text
        else:
            try:
                fields[name] = READERS[name](text)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
    return fields


def _is_metadata(name: str) -> bool:
    return name.startswith(METADATA) and len(name) > len(METADATA)


def _is_subtitle(name: str) -> bool:
    language, *flags = name.removeprefix(SUBTITLES).split(".")
    return name.startswith(SUBTITLES) and bool(language) and FLAGS.keys() >= set(flags)


def _subtitle(name: str, uri: str) -> dict[str, Any]:
    language, *flags = name.removeprefix(SUBTITLES).split(".")
    return {"language": language, "uri": uri, **{FLAGS[flag]: True for flag in flags}}
