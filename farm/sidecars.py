"""Files that lie beside a title's media and belong to it: known by their names alone. Pure.

`movie.en.srt`, `movie.de.forced.vtt`, `movie.pt-BR.sdh.ass` and `movie.chapters.vtt` lie beside
`movie.mp4`, whether in a bucket or in a directory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from farm.errors import InvalidSpec
from farm.language import UNDETERMINED, normalise_language

# Only what nothing else is called: a file is then read as what its content says.
SUBTITLE_SUFFIXES = frozenset(
    {
        *("srt", "vtt", "ass", "ssa", "ttml", "dfxp", "itt", "xml", "scc", "stl"),
        *("smi", "sami", "sub", "txt", "lrc"),
    }
)
CHAPTER_SUFFIXES = frozenset({"vtt", "json", "txt", "ffmetadata"})
CHAPTERS = "chapters"
FLAGS = {"forced": "forced", "sdh": "hearing_impaired", "cc": "hearing_impaired"}

# What content teams deliver; other containers can be named in a rule.
MEDIA_SUFFIXES = (
    *("mp4", "m4v", "mov", "mkv", "webm", "ts", "m2ts", "mts", "mpg", "mpeg", "mxf", "avi"),
    *("flv", "wmv", "ogv", "gxf", "3gp", "m4a", "wav", "flac", "mp3", "aif", "aiff"),
)
MAX_SUBTITLES = 64  # of a title (farm.spec.title)

# Of what programs are still writing.
UNFINISHED_SUFFIXES = frozenset(
    {"crdownload", "download", "filepart", "part", "partial", "temp", "tmp"}
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a file beside the media is; of chapters there is no language."""

    language: str | None  # BCP-47; None: these are the chapters
    forced: bool = False
    hearing_impaired: bool = False

    @property
    def is_chapters(self) -> bool:
        """Return whether these are the chapters of the title."""
        return self.language is None


@dataclass(frozen=True, slots=True)
class Beside:
    """The sidecars of one title: names of files, with what they are."""

    subtitles: tuple[tuple[str, Sidecar], ...] = ()
    chapters: str | None = None


def stem_of(name: str) -> str:
    """Return the name of a file without its last suffix: what its sidecars' names begin with."""
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name


def has_suffix(name: str, suffixes: Iterable[str]) -> bool:
    """Return whether the name of a file ends with one of these, in any case; all without a dot."""
    return name.lower().endswith(tuple(f".{suffix.lower()}" for suffix in suffixes))


def sidecar_of(stem: str, name: str) -> Sidecar | None:
    """Return what the file `name` is to media of that stem beside it, None where it is nothing.

    Names are STEM.LANGUAGE[.forced|.sdh].SUFFIX and STEM.chapters.SUFFIX, the language in any
    spelling of BCP-47. Letter case counts in the stem alone.
    """
    rest = name.removeprefix(f"{stem}.")
    if not stem or rest == name or "." not in rest:
        return None
    first, *flags, suffix = rest.lower().split(".")
    if first == CHAPTERS and not flags and suffix in CHAPTER_SUFFIXES:
        return Sidecar(None)
    if suffix not in SUBTITLE_SUFFIXES or len(set(flags)) < len(flags) or set(flags) - set(FLAGS):
        return None
    try:
        language = normalise_language(first)
    except InvalidSpec:
        return None
    if language == UNDETERMINED:
        return None
    return Sidecar(language, **{FLAGS[flag]: True for flag in flags})


def is_sidecar(name: str) -> bool:
    """Return whether a file is named as a sidecar of anything: whatever media it may lie beside."""
    return sidecar_of_any(name) is not None


def sidecar_of_any(name: str) -> Sidecar | None:
    """Return what a file is by its own name, whatever media it may lie beside, None for nothing."""
    parts = name.split(".")
    found = (sidecar_of(".".join(parts[:cut]), name) for cut in range(1, len(parts) - 1))
    return next((each for each in found if each is not None), None)


def beside(stem: str, names: Iterable[str]) -> Beside:
    """Return the sidecars among the names of files in the media's folder, in the order of names.

    Of several files that are the same to a title (`movie.en.srt`, `movie.en.vtt`), the first.
    """
    subtitles: dict[Sidecar, str] = {}
    chapters = None
    for name in sorted(names):
        found = sidecar_of(stem, name)
        if found is None:
            continue
        if found.is_chapters:
            chapters = chapters or name
        elif len(subtitles) < MAX_SUBTITLES:
            subtitles.setdefault(found, name)
    return Beside(tuple((name, found) for found, name in subtitles.items()), chapters)


def is_unfinished(name: str) -> bool:
    """Return whether a name is a hidden one, or one that programs give to what they still write."""
    return (
        name.startswith((".", "~")) or name.endswith("~") or has_suffix(name, UNFINISHED_SUFFIXES)
    )


def titles_in(names: Iterable[str]) -> dict[str, Beside]:
    """Return the media among the files of one folder, each with its sidecars."""
    finished = [name for name in names if not is_unfinished(name)]
    return {
        name: beside(stem_of(name), finished)
        for name in sorted(finished)
        if has_suffix(name, MEDIA_SUFFIXES)
    }
