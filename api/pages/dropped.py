"""Files that were dropped together: which are titles, and what lies beside each, by name alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter

from api.pages.forms import Form, PageReader
from farm.access import Scope
from farm.errors import InvalidSpec
from farm.sidecars import SUBTITLE_SUFFIXES, Beside, Sidecar, has_suffix, sidecar_of_any, titles_in

routes = APIRouter(include_in_schema=False)

MOST_NAMES = 2000


@dataclass(frozen=True, slots=True)
class DroppedSubtitles:
    """A file of subtitles; "" is a language that somebody has yet to name."""

    name: str
    language: str
    kind: str = ""  # as the form has it: forced, sdh, or neither


@dataclass(frozen=True, slots=True)
class DroppedTitle:
    """A media file, and what of the others belongs to it."""

    media: str
    subtitles: tuple[DroppedSubtitles, ...]
    chapters: str | None

    @property
    def names(self) -> frozenset[str]:
        """Return every file of it."""
        chapters = () if self.chapters is None else (self.chapters,)
        return frozenset((self.media, *(each.name for each in self.subtitles), *chapters))


@routes.post("/submit/beside")
def sort_out(caller: PageReader, form: Form) -> dict[str, Any]:
    """Return the titles among files, as the page's script asks before it sends any."""
    caller.check(Scope.SUBMIT)
    names = form.get("names", "").splitlines()
    if len(names) > MOST_NAMES:
        raise InvalidSpec.of("names", f"drop {MOST_NAMES} files at once at most")
    titles, others = titles_among(names)
    return {"titles": [asdict(title) for title in titles], "others": others}


def titles_among(names: list[str]) -> tuple[list[DroppedTitle], list[str]]:
    """Return the titles among files, and the names of those that belong to none.

    Beside one title alone all subtitles and chapters are its own, whatever they are called; a
    language that no name tells is left to be named.
    """
    titles = [_title(media, beside) for media, beside in titles_in(names).items()]
    if len(titles) == 1:
        titles = [_with_all(titles[0], names)]
    used = frozenset[str]().union(*(title.names for title in titles))
    return titles, [name for name in names if name not in used]


def _title(media: str, beside: Beside) -> DroppedTitle:
    subtitles = tuple(_subtitles(name, found) for name, found in beside.subtitles)
    return DroppedTitle(media, subtitles, beside.chapters)


def _with_all(title: DroppedTitle, names: list[str]) -> DroppedTitle:
    subtitles, chapters = list(title.subtitles), title.chapters
    for name in names:
        found = sidecar_of_any(name)
        if name in title.names:
            continue
        if found is not None and found.is_chapters:
            chapters = chapters or name
        elif found is not None or has_suffix(name, SUBTITLE_SUFFIXES):
            subtitles.append(_subtitles(name, found))
    return DroppedTitle(title.media, tuple(subtitles), chapters)


def _subtitles(name: str, found: Sidecar | None) -> DroppedSubtitles:
    if found is None:
        return DroppedSubtitles(name, "")
    kind = "forced" if found.forced else "sdh" if found.hearing_impaired else ""
    return DroppedSubtitles(name, found.language or "", kind)
