"""What `reelfarm lint` takes of two hours: nine renditions, 2,000 segments each, with sound.

The pictures are small and repeat, which changes neither what a manifest says nor how many boxes
are read. Beside it every file is read and hashed, the least that a look at all of it can take. Ends
with status 1 where the lint takes longer than MAX_S, or objects to anything.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.clips import BUILD
from bench.scoring import tools
from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.facts import AudioTrack
from farm.ladder import Rung
from media.packaging.command import package
from media.packaging.title import OUT, Title
from workers.programs.runner import run
from workers.publishing.manifests import write_manifests

MAX_S = 20.0
RATE = Fraction(25)
GOP_FRAMES = 45
SEGMENT_S = 2 * GOP_FRAMES / RATE
SEGMENTS = 2000
LOOPED_SEGMENTS = 10  # of pictures of their own, before they repeat
# Of the rungs of Apple's ladder; small, as their number and not their size is what counts.
SIZES = ((64, 36), (96, 54), (112, 64), (128, 72), (144, 80), (160, 90), (176, 100), (192, 108),
         (224, 126))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Took:
    """What a program took."""

    wall_s: float
    cpu_s: float


def main() -> None:
    with TemporaryDirectory(dir=BUILD, prefix="lint-") as name:
        folder = Path(name)
        make(folder, title())
        files = [path for path in (folder / OUT).rglob("*") if path.is_file()]
        read = _reading(files)
        linted, outcomes = _linting(folder / OUT)
        size_mb = sum(path.stat().st_size for path in files) / 1e6
    objections = [rule for rule, outcome in outcomes.items() if outcome not in ("pass", "warn")]
    kept = linted.wall_s <= MAX_S and not objections
    print(f"{len(files)} files, {size_mb:.0f} MB, {len(SIZES)} renditions of {SEGMENTS} segments")
    print(f"{'reading and hashing all of it':<32}{read.wall_s:>7.1f} s  CPU {read.cpu_s:.1f} s")
    print(
        f"{'reelfarm lint':<32}{linted.wall_s:>7.1f} s  CPU {linted.cpu_s:.1f} s"
        f"  {linted.wall_s / read.wall_s:.1f} x  <= {MAX_S:g} s: {'kept' if kept else 'MISSED'}"
    )
    print(f"{len(outcomes)} checks, objections: {', '.join(objections) or 'none'}")
    sys.exit(0 if kept else 1)


def title() -> Title:
    """Return two hours of nine rungs and one audio track."""
    return Title(
        segment_s=SEGMENT_S,
        duration_s=SEGMENTS * SEGMENT_S,
        rungs=tuple(
            Rung(
                f"h264-{height}p",
                "h264",
                width,
                height,
                RATE,
                GOP_FRAMES,
                "ultrafast",
                30,
                10**6,
                10**6,
                "",
            )
            for width, height in SIZES
        ),
        audios=(AudioTrack("audio", 1, "en", "", True, 2, 48_000, 64_000, "main"),),
        texts=(),
    )


def make(folder: Path, title: Title) -> None:
    """Encode a little, repeat it to the title's length, and package that as the farm does."""
    (folder / OUT).mkdir()
    for rung in title.rungs:
        _looped(folder, rung.name, *_pictures(rung))
    sound = ("-f", "lavfi", "-i", f"sine=sample_rate=48000:duration={float(title.duration_s)}")
    _ffmpeg(folder, *sound, *("-ac", "2", "-c:a", "aac", "-b:a", "64k", "file:audio.mp4"))
    run(package(title), tools=tools(), cwd=folder)
    write_manifests(folder / OUT, title)


def _pictures(rung: Rung) -> tuple[str, ...]:
    gop, frames = str(rung.gop_frames), str(2 * GOP_FRAMES * LOOPED_SEGMENTS)
    source = f"testsrc2=size={rung.width}x{rung.height}:rate={rung.fps}"
    return (
        *("-f", "lavfi", "-i", source, "-frames:v", frames, "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", rung.preset, "-crf", str(rung.crf)),
        *("-g", gop, "-keyint_min", gop, "-sc_threshold", "0"),
    )


def _looped(folder: Path, name: str, *coded: str) -> None:
    _ffmpeg(folder, *coded, f"file:{name}-once.mp4")
    again = str(SEGMENTS // LOOPED_SEGMENTS - 1)
    once = ("-stream_loop", again, "-i", f"file:{name}-once.mp4")
    _ffmpeg(folder, *once, "-c", "copy", f"file:{name}.mp4")


def _ffmpeg(folder: Path, *args: str) -> None:
    command = Command(Tool.FFMPEG, (*FFMPEG_PREAMBLE, *args), f"make {args[-1]}")
    run(command, tools=tools(), cwd=folder)


def _reading(files: list[Path]) -> Took:
    started, cpu = time.monotonic(), time.process_time()
    for path in files:
        hashlib.sha256(path.read_bytes()).hexdigest()
    return Took(time.monotonic() - started, time.process_time() - cpu)


def _linting(folder: Path) -> tuple[Took, dict[str, str]]:
    """Run the command as people do, its start included; return the outcomes by rule, too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    command = [str(Path(sys.executable).parent / "reelfarm"), "lint", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall_s = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        sys.exit(f"reelfarm lint ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    checks = json.loads(done.stdout)["checks"]
    return Took(wall_s, cpu_s), {each["rule"]: each["outcome"] for each in checks}


if __name__ == "__main__":
    main()
