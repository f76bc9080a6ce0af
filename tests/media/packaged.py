"""Short titles packaged by the real packager, for the tests of packaging and of conformance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import AudioTrack, EncodedVideo, Packaged, TextTrack
from farm.ladder import Rung
from farm.mediainfo import Chapter
from media.packaging.command import package
from media.packaging.title import CHAPTERS_JSON, CHAPTERS_VTT, OUT, Title
from media.text.chapter_formats import apple_chapters, chapters_vtt
from media.text.cue import Cue
from media.text.track import milliseconds, track_text
from qc.conformance.expectations import Expectations
from workers.publishing.manifests import write_manifests

RunCommand = Callable[[Command, Path], object]
CUES = (Cue(300, 900, "Hello <i>there</i>"), Cue(900, 2100, "Two segments\nof words"))


@dataclass(frozen=True, slots=True)
class Made:
    """A packaged title: its generation directory, what it was made of and what it must hold."""

    generation: Path
    title: Title
    facts: Packaged
    expected: Expectations


def rung(name: str, size: str, fps: Fraction, gop_frames: int) -> Rung:
    """Return a rung for the test encoder; its rate control is left to `encode_rung`."""
    width, height = (int(side) for side in size.split("x"))
    return Rung(name, "h264", width, height, fps, gop_frames, "ultrafast", 30, 10**6, 10**6, "test")


def audio(
    name: str,
    stream: int,
    language: str,
    *,
    channels: int = 2,
    bps: int = 64_000,
    title: str = "",
) -> AudioTrack:
    """Return an audio track; stream 1 is the default one."""
    return AudioTrack(name, stream, language, title, stream == 1, channels, 48_000, bps, "main")


def text(name: str, language: str, *, forced: bool = False, sdh: bool = False) -> TextTrack:
    """Return a text track with `CUES` in it."""
    return TextTrack(name, language, "", forced, sdh, len(CUES), None, ())


def frames_of(rung: Rung, title: Title) -> int:
    """Return how many frames a rung of `title` has, half a frame counting as one."""
    return -int(-title.duration_s * rung.fps // 1)


def encode_rung(run: RunCommand, target: Path, rung: Rung, frames: int) -> None:
    """Encode a test picture as the farm's encoders do: closed GOPs of exactly one length."""
    gop = str(rung.gop_frames)
    source = f"testsrc2=size={rung.width}x{rung.height}:rate={rung.fps}"
    args = (
        *FFMPEG_PREAMBLE,
        *("-f", "lavfi", "-i", source, "-frames:v", str(frames), "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "38", "-bf", "2"),
        *("-g", gop, "-keyint_min", gop, "-sc_threshold", "0", f"file:{target.name}"),
    )
    run(Command(Tool.FFMPEG, args, f"make {target.name}"), target.parent)


def encode_audio(run: RunCommand, target: Path, track: AudioTrack, duration_s: Fraction) -> None:
    """Encode a tone of its own for each track, as long as the title."""
    source = f"sine=frequency={220 * track.stream_index}:sample_rate=48000"
    args = (
        *FFMPEG_PREAMBLE,
        *("-f", "lavfi", "-i", source, "-t", f"{float(duration_s):.6f}"),
        *("-ac", str(track.channels), "-c:a", "aac", "-b:a", str(track.bps)),
        f"file:{target.name}",
    )
    run(Command(Tool.FFMPEG, args, f"make {target.name}"), target.parent)


def make_inputs(run: RunCommand, folder: Path, title: Title) -> None:
    """Make the files the packager reads: every track of `title` in `folder`."""
    for each in title.rungs:
        encode_rung(run, folder / f"{each.name}.mp4", each, frames_of(each, title))
    for track in title.audios:
        encode_audio(run, folder / f"{track.name}.mp4", track, title.duration_s)
    for caption in title.texts:
        written = track_text(CUES, milliseconds(title.duration_s))
        (folder / f"{caption.name}.vtt").write_text(written, "utf-8")


def make(run: RunCommand, folder: Path, title: Title) -> Made:
    """Make and package `title` in `folder`."""
    generation = folder / OUT
    generation.mkdir()
    make_inputs(run, folder, title)
    run(package(title), folder)
    facts = write_manifests(generation, title).facts
    if title.chapters:
        (generation / CHAPTERS_JSON).write_text(apple_chapters(title.chapters), "utf-8")
        (generation / CHAPTERS_VTT).write_text(chapters_vtt(title.chapters), "utf-8")
    return Made(generation, title, facts, expectations(title))


def expectations(title: Title) -> Expectations:
    """Return what a generation of `title` must hold."""
    return Expectations(
        title.duration_s, title.segment_s, encoded(title), title.audios, title.texts
    )


def encoded(title: Title) -> tuple[EncodedVideo, ...]:
    """Return the facts of the stitched renditions of `title`."""
    return tuple(
        EncodedVideo(
            each.name, "h264", each.width, each.height, each.fps, frames_of(each, title), "cpu"
        )
        for each in title.rungs
    )


def full_title() -> Title:
    """200 frames at 60 fps: a half-rate rung, 5.1 and two languages, three texts, chapters.

    Segments last a second and hold two GOPs; the last one is a third of a second.
    """
    rate = Fraction(60)
    return Title(
        segment_s=Fraction(1),
        duration_s=Fraction(200, 60),
        rungs=(
            rung("h264-72p", "128x72", rate / 2, 15),
            rung("h264-108p", "192x108", rate, 30),
            rung("h264-180p", "320x180", rate, 30),
        ),
        audios=(
            audio("audio-1-stereo", 1, "en"),
            audio("audio-1-surround", 1, "en", channels=6, bps=128_000),
            audio("audio-2-stereo", 2, "de"),
        ),
        texts=(
            text("text-en", "en"),
            text("text-en-sdh", "en", sdh=True),
            text("text-de-forced", "de", forced=True),
        ),
        chapters=(
            Chapter(Fraction(0), Fraction(2), {"en": "Opening & credits", "de": "Anfang"}),
            Chapter(Fraction(2), Fraction(200, 60), {"en": 'The "end"'}),
        ),
    )


def one_rung_title(fps: Fraction, gop_frames: int, frames: int) -> Title:
    """A silent title of one rung at `fps`, with text; segments hold two GOPs."""
    return Title(
        segment_s=2 * gop_frames / fps,
        duration_s=frames / fps,
        rungs=(rung("h264-90p", "160x90", fps, gop_frames),),
        audios=(),
        texts=(text("text-en", "en"),),
    )


def names(paths: Sequence[Path], root: Path) -> list[str]:
    """Return `paths` relative to `root`, sorted."""
    return sorted(path.relative_to(root).as_posix() for path in paths)
