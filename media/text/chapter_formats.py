"""Chapters as players read them: Apple's JSON for HLS, and WebVTT."""

from __future__ import annotations

import json
from collections.abc import Iterable

from farm.mediainfo import Chapter
from media.text.cue import Cue
from media.text.payload import escaped
from media.text.vtt import write_vtt


def apple_chapters(chapters: Iterable[Chapter]) -> str:
    """Return the JSON that EXT-X-SESSION-DATA "com.apple.hls.chapters" points to.

    Apple, "Providing JavaScript Object Notation (JSON) chapters": times in seconds, titles by
    BCP-47 language.
    """
    listed = [
        {
            "chapter": number,
            "start-time": _start_ms(chapter) / 1000,
            "duration": (_end_ms(chapter) - _start_ms(chapter)) / 1000,
            "titles": [
                {"language": language, "title": title} for language, title in chapter.titles.items()
            ],
        }
        for number, chapter in enumerate(chapters, 1)
    ]
    return f"{json.dumps(listed, ensure_ascii=False, indent=2)}\n"


def chapters_vtt(chapters: Iterable[Chapter]) -> str:
    """Return a WebVTT chapters file, every chapter by the first of its titles."""
    return write_vtt(
        Cue(_start_ms(chapter), _end_ms(chapter), escaped(next(iter(chapter.titles.values()))))
        for chapter in chapters
    )


def _start_ms(chapter: Chapter) -> int:
    return round(chapter.start_s * 1000)


def _end_ms(chapter: Chapter) -> int:
    return max(round(chapter.end_s * 1000), _start_ms(chapter) + 1)
