"""Containers of random streams, each with a list of what was put into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.media.media_factory import AAC, X264, Clips, pattern, tone

LANGUAGES = ("eng", "ger", "fre", "jpn", "por", "und")
TITLES = ("", "Schilder", "Commentary", "SDH", "Director's cut")
DISPOSITIONS = ("0", "default", "forced", "comment", "visual_impaired", "hearing_impaired", "dub")
SRT = b"1\n00:00:00,200 --> 00:00:00,900\nHallo\n"
CHAPTERS = b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n"


@dataclass(frozen=True, slots=True)
class Container:
    """What a format takes: sound and text by the codec they are put in as, and what else."""

    ending: str
    sounds: tuple[str, ...]
    texts: tuple[str, ...]  # codecs for -c:s
    attachments: bool = False
    timecode: bool = False
    chapters: bool = True


CONTAINERS = (
    Container(
        "mkv",
        ("stereo", "mono", "surround", "flac"),
        ("srt", "ass", "webvtt", "text"),
        attachments=True,
    ),
    Container("mp4", ("stereo", "mono", "surround"), ("mov_text", "ttml")),
    Container("mov", ("stereo", "mono", "pcm"), ("mov_text",), timecode=True),
    Container("ts", ("stereo", "mono", "surround"), (), chapters=False),
)


def random_container(clips: Clips, seed: int) -> Path:
    """Return a file of one to three pictures, none to three sounds and texts, and the rest."""
    random = Random(seed)
    form = random.choice(CONTAINERS)
    pictures = [_picture(clips)] * random.choice((0, 1, 1, 1, 2, 3))
    sounds = random.choices([_sound(clips, kind) for kind in form.sounds], k=random.randrange(4))
    if not pictures and not sounds:
        sounds = [_sound(clips, "stereo")]
    texts = random.choices(form.texts, k=random.randrange(4)) if form.texts and pictures else []
    given = [*pictures, *sounds, *(_text(clips) for _ in texts)]
    args: list[str] = []
    for path in given:
        args += ["-i", f"file:{path}"]
    if form.chapters and random.random() < 0.4:
        args += ["-i", f"file:{clips.write('chapters.ffmeta', CHAPTERS)}"]
        args += ["-map_chapters", str(len(given))]
    for number in range(len(given)):
        args += ["-map", f"{number}:0"]
    args += ["-c", "copy"]
    for number, kind in enumerate(texts):
        args += [f"-c:s:{number}", kind]
    for number in range(len(given)):
        args += [f"-metadata:s:{number}", f"language={random.choice(LANGUAGES)}"]
        args += [f"-metadata:s:{number}", f"title={random.choice(TITLES)}"]
        args += [f"-disposition:{number}", random.choice(DISPOSITIONS)]
    if form.attachments and random.random() < 0.4:
        args += ["-attach", f"{clips.write('font.ttf', b'no font')}"]
        args += ["-metadata:s:t", "mimetype=application/x-truetype-font"]
    if form.timecode and random.random() < 0.4:
        args += ["-timecode", "10:00:00:00"]
    return clips.make(f"random-{seed}.{form.ending}", *args)


def _picture(clips: Clips) -> Path:
    return clips.make("r-picture.mkv", *pattern("64x64", "25", 1), *X264)


def _sound(clips: Clips, kind: str) -> Path:
    options = {
        "stereo": (*AAC, "-ac", "2"),
        "mono": (*AAC, "-ac", "1"),
        "surround": ("-c:a", "ac3", "-ac", "6"),
        "flac": ("-c:a", "flac"),
        "pcm": ("-c:a", "pcm_s16le"),
    }[kind]
    return clips.make(f"r-{kind}.mkv", *tone(1), *options)


def _text(clips: Clips) -> Path:
    return clips.write("r-text.srt", SRT)
