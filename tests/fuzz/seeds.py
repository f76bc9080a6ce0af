"""The files that are mutated: a second or two of every format, made by FFmpeg or written here."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from farm.command import FFMPEG_PREAMBLE
from farm.settings import Settings
from tests.fuzz import anatomy
from tests.fuzz.anatomy import Anatomy
from tests.fuzz.written import CHAPTERS_JSON, CHAPTERS_META, CHAPTERS_VTT, TEXTS
from workers.programs.tools import find_tools

SUBTITLES, CHAPTERS, FILM_NAME = "text.srt", "chapters.txt", "film.mp4"
SECONDS = 1.5
PICTURE = ("-f", "lavfi", "-i", f"testsrc2=size=64x48:rate=12:duration={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={SECONDS}")
TEXT = ("-i", SUBTITLES)
EXACT = ("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "6")
AAC = ("-c:a", "aac", "-b:a", "48k")
FILM = (*PICTURE, *SOUND)
SPOKEN = (*FILM, *TEXT, "-i", CHAPTERS, "-map_metadata", "3")
BROADCAST = (*PICTURE, *SOUND, "-r", "25", "-c:v", "mpeg2video")

Use = Literal["source", "subtitles", "chapters"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what FFmpeg makes each of its files with, or their texts."""

    use: Use
    anatomy: Anatomy
    made: Mapping[str, tuple[str, ...] | bytes]  # by the name of the file


def _video(anatomy: Anatomy, **made: tuple[str, ...]) -> Format:
    """Return a format of sources; `made` has the arguments of each file by its suffix and number,
    as in `mp4_1`.
    """
    return Format("source", anatomy, {_file_name(name): args for name, args in made.items()})


def _file_name(name: str) -> str:
    suffix, _, number = name.partition("_")
    return f"{number or '0'}.{suffix}"


FORMATS: dict[str, Format] = {
    "mp4": _video(
        anatomy.boxes,
        mp4=(*SPOKEN, *X264, *AAC, "-c:s", "mov_text", "-movflags", "+faststart"),
        mp4_1=(*FILM, *X264, *AAC, "-movflags", "+frag_keyframe+empty_moov"),
        mp4_2=(*FILM, "-c:v", "mpeg4", "-ac", "2", *AAC, "-movflags", "+faststart"),
    ),
    "mov": _video(
        anatomy.boxes,
        mov=(*FILM, "-c:v", "prores", "-c:a", "pcm_s16le", "-movflags", "+faststart"),
        mov_1=(*FILM, *X264, "-ac", "6", *AAC),
    ),
    "mkv": _video(
        anatomy.elements,
        mkv=(*SPOKEN, *X264, "-c:a", "libvorbis", "-c:s", "srt"),
        mkv_1=(*SPOKEN, "-c:v", "ffv1", "-c:a", "flac", "-c:s", "ass"),
        mkv_2=(*FILM, *X264, *AAC, "-f", "matroska", "-live", "1"),
    ),
    "webm": _video(
        anatomy.elements,
        webm=(*FILM, "-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"),
        webm_1=(*FILM, *TEXT, "-c:v", "libvpx", "-c:a", "libvorbis", "-c:s", "webvtt"),
    ),
    "ts": _video(
        anatomy.packets,
        ts=(*FILM, *X264, *AAC),
        ts_1=(*FILM, "-c:v", "mpeg2video", "-r", "25", "-c:a", "ac3"),
        ts_2=(*FILM, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
              "-c:a", "mp2"),
    ),
    "mxf": _video(
        anatomy.triplets,
        mxf=(*BROADCAST, "-c:a", "pcm_s16le"),
        mxf_1=(*FILM, "-r", "25", "-c:v", "prores", "-c:a", "pcm_s24le"),
    ),
    "avi": _video(
        anatomy.chunks,
        avi=(*FILM, "-c:v", "mpeg4", "-c:a", "libmp3lame"),
        avi_1=(*FILM, "-c:v", "mjpeg", "-c:a", "pcm_s16le", "-ar", "8000"),
    ),
    "flv": _video(
        anatomy.tags,
        flv=(*FILM, *X264, *AAC),
        flv_1=(*FILM, "-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100"),
    ),
    "wmv": _video(anatomy.no_pieces, wmv=(*FILM, "-c:v", "wmv2", "-c:a", "wmav2")),
    "mpg": _video(anatomy.no_pieces, mpg=(*BROADCAST, "-c:a", "mp2", "-f", "vob")),
    "wav": _video(
        anatomy.chunks,
        wav=(*SOUND, "-ar", "8000"),
        wav_1=(*SOUND, "-ar", "8000", "-ac", "2", "-c:a", "pcm_s24le"),
    ),
    "mp3": _video(
        anatomy.frames,
        mp3=(*SOUND, "-c:a", "libmp3lame", "-metadata", "title=A title", "-b:a", "32k"),
    ),
    "ogg": _video(
        anatomy.pages,
        ogg=(*SOUND, "-c:a", "libopus", "-b:a", "32k", "-page_duration", "100000",
             "-metadata", "language=de"),
        ogg_1=(*FILM, "-c:v", "libtheora", "-c:a", "libvorbis", "-page_duration", "200000"),
    ),
    "flac": _video(anatomy.blocks, flac=(*SOUND, "-ar", "8000", "-c:a", "flac")),
    **{
        name: Format("subtitles", shape, {f"0.{name}": data})
        for name, (shape, data) in TEXTS.items()
    },
    "chapters": Format(
        "chapters",
        anatomy.lines,
        {"0.json": CHAPTERS_JSON, "1.txt": CHAPTERS_META, "2.vtt": CHAPTERS_VTT},
    ),
}  # fmt: skip


def make_seeds(folder: Path) -> None:
    """Write the files of every format into a folder of its name, and a film for sidecars."""
    (folder / SUBTITLES).write_bytes(TEXTS["srt"][1])
    (folder / CHAPTERS).write_bytes(CHAPTERS_META)
    _make(folder, (*FILM, *X264, *AAC), Path(FILM_NAME))
    for name, kind in FORMATS.items():
        (folder / name).mkdir()
        for file_name, made in kind.made.items():
            if isinstance(made, bytes):
                (folder / name / file_name).write_bytes(made)
            else:
                _make(folder, made, Path(name, file_name))


def _make(folder: Path, arguments: tuple[str, ...], target: Path) -> None:
    """Run FFmpeg in `folder`; it makes the same bytes each time."""
    ffmpeg = find_tools(Settings(state_dir=folder)).ffmpeg
    argv = [str(ffmpeg), *FFMPEG_PREAMBLE, *arguments, *EXACT, str(target)]
    subprocess.run(argv, cwd=folder, check=True, stdin=subprocess.DEVNULL)
