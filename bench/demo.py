"""`make demo`: publish a real clip with subtitles and chapters, as a content team would."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.clips import BUILD, bunny_720p

ENGLISH = """\
WEBVTT

00:00:00.500 --> 00:00:02.400
The <i>big</i> rabbit wakes up.

00:00:02.800 --> 00:00:05.000
- A butterfly!
- Let's look at it.
"""
GERMAN = """\
1
00:00:00,500 --> 00:00:02,400
Der <i>große</i> Hase wacht auf.

2
00:00:02,800 --> 00:00:05,000
- Ein Schmetterling!
- Schauen wir ihn an.
"""
CHAPTERS = """\
WEBVTT

00:00:00.000 --> 00:00:02.600
Morning

00:00:02.600 --> 00:00:05.300
The butterfly
"""


def main() -> None:
    """Fetch the clip, write its sidecars, and become `reelfarm run`, which prints the URLs."""
    desk = BUILD / "demo"
    desk.mkdir(parents=True, exist_ok=True)
    for name, text in (("en.vtt", ENGLISH), ("de.srt", GERMAN), ("chapters.vtt", CHAPTERS)):
        (desk / name).write_text(text, encoding="utf-8")
    reelfarm = Path(sys.executable).with_name("reelfarm")
    argv = [
        *(str(reelfarm), "run", str(bunny_720p()), "--asset", "bunny"),
        *("--subtitles", f"en={desk / 'en.vtt'}", "--subtitles", f"de={desk / 'de.srt'}"),
        *("--chapters", str(desk / "chapters.vtt")),
        *("--origin", str(desk / "origin"), "--state", str(desk / "state")),
    ]
    os.execv(reelfarm, argv)  # the demo ends as the command does: its last lines, its exit status


if __name__ == "__main__":
    main()
