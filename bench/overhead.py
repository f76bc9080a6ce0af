"""What ReelFarm costs on top of a hand-written script that makes the same rungs.

Both make the same ladder of the same clip with the same FFmpeg, x264 settings and packager, one
after the other, each time from nothing: a fresh state directory, so that nothing is reused.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.by_hand import script
from bench.clips import BUILD, bunny_1080p
from farm.settings import Settings
from workers.programs.tools import find_tools

MAX_RATIO = 1.05  # of the path's wall time to the script's
MAX_AROUND_S = 4.0
MAX_ANALYSIS_SHARE = 0.10  # of the encode's CPU time

PATH = ("encode", "stitch", "audio", "package")
ANALYSIS = ("analyze",)
QC = ("measure", "verify")


@dataclass(frozen=True, slots=True)
class Farmed:
    """One `reelfarm run`: its job record, and when the command began and ended (Unix time)."""

    record: dict[str, Any]
    began: float
    ended: float

    def steps(self, kinds: Iterable[str]) -> list[dict[str, Any]]:
        return [step for step in self.record["steps"] if step["kind"] in kinds]

    def cpu_s(self, *kinds: str) -> float:
        return sum(float(step["cpu_s"]) for step in self.steps(kinds))

    @property
    def path(self) -> tuple[float, float]:
        """Return the span from the first encode or audio step to the end of packaging."""
        spans = _spans(self.steps(("encode", "audio")))
        return min(start for start, _ in spans), _spans(self.steps(("package",)))[0][1]

    @property
    def path_s(self) -> float:
        return self.path[1] - self.path[0]

    @property
    def starting_s(self) -> float:
        """Return how long it took until the job existed: Python, PostgreSQL, Redis, migrations."""
        return _unix(self.record["created_at"]) - self.began

    @property
    def around_s(self) -> float:
        """Return the seconds outside of the path, of analysis and of QC."""
        spans = [self.path, *_spans(self.steps(ANALYSIS)), *_spans(self.steps(QC))]
        return self.ended - self.began - _covered_s(spans)


@dataclass(frozen=True, slots=True)
class Scripted:
    """One run of the script."""

    wall_s: float
    cpu_s: float


def run_reelfarm(clip: Path, ladder: str, folder: Path) -> Farmed:
    """Run the whole command in `folder`; leave with its message if it does not publish."""
    reelfarm = Path(sys.executable).with_name("reelfarm")
    began = time.time()
    finished = subprocess.run(
        [
            *(str(reelfarm), "run", str(clip), "--ladder", ladder, "--json"),
            *("--origin", str(folder / "origin"), "--state", str(folder / "state")),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    ended = time.time()
    if finished.returncode:
        sys.exit(f"reelfarm run ended with exit status {finished.returncode}")
    return Farmed(json.loads(finished.stdout), began, ended)


def run_script(text: str, folder: Path) -> Scripted:
    """Run the script in `folder`."""
    (folder / "by-hand.sh").write_text(text, encoding="utf-8")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        ["bash", "by-hand.sh"],
        cwd=folder,
        check=True,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall_s = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Scripted(wall_s, cpu_s)


def measure(clip: Path, ladder: str, runs: int) -> tuple[list[Farmed], list[Scripted]]:
    """Run both `runs` times, in turn, each in a folder of its own."""
    tools = find_tools(Settings())
    farmed, scripted = [], []
    for number in range(1, runs + 1):
        with TemporaryDirectory(dir=BUILD, prefix="overhead-") as folder:
            print(f"run {number} of {runs}: reelfarm", file=sys.stderr)
            farmed.append(run_reelfarm(clip.absolute(), ladder, Path(folder)))
        with TemporaryDirectory(dir=BUILD, prefix="by-hand-") as folder:
            print(f"run {number} of {runs}: the script", file=sys.stderr)
            text = script(farmed[-1].record, clip.absolute(), ladder, tools.ffmpeg, tools.packager)
            scripted.append(run_script(text, Path(folder)))
    return farmed, scripted


def table(farmed: Sequence[Farmed], scripted: Sequence[Scripted]) -> tuple[list[str], bool]:
    """Return the lines of the table, medians over the runs, and whether every limit is kept."""
    path_s = median(run.path_s for run in farmed)
    hand_s = median(run.wall_s for run in scripted)
    ratio = median(
        ours.path_s / theirs.wall_s for ours, theirs in zip(farmed, scripted, strict=True)
    )
    path_cpu_s = median(run.cpu_s(*PATH) for run in farmed)
    hand_cpu_s = median(run.cpu_s for run in scripted)
    around_s = median(run.around_s for run in farmed)
    starting_s = median(run.starting_s for run in farmed)
    analysis = median(run.cpu_s(*ANALYSIS) / run.cpu_s("encode") for run in farmed)
    qc = median(run.cpu_s(*QC) / run.cpu_s("encode") for run in farmed)
    lines = [
        _row("", "ReelFarm", "by hand", "", "limit", ""),
        _row(
            "encode + audio + package, wall",
            f"{path_s:.1f} s",
            f"{hand_s:.1f} s",
            f"{ratio:.3f} x",
            f"{MAX_RATIO} x",
            _verdict(ratio <= MAX_RATIO),
        ),
        _row(
            "encode + audio + package, CPU",
            f"{path_cpu_s:.1f} s",
            f"{hand_cpu_s:.1f} s",
            f"{path_cpu_s / hand_cpu_s:.3f} x",
        ),
        _row(
            "  cores at work meanwhile",
            f"{path_cpu_s / path_s:.2f}",
            f"{hand_cpu_s / hand_s:.2f}",
        ),
        _row(
            "before and after, wall",
            f"{around_s:.1f} s",
            limit=f"{MAX_AROUND_S} s",
            verdict=_verdict(around_s <= MAX_AROUND_S),
        ),
        _row("  of it until the job exists", f"{starting_s:.1f} s"),
        _row(
            "analysis, CPU of the encode's",
            f"{analysis:.1%}",
            limit=f"{MAX_ANALYSIS_SHARE:.0%}",
            verdict=_verdict(analysis <= MAX_ANALYSIS_SHARE),
        ),
        _row("QC, CPU of the encode's", f"{qc:.1%}"),
    ]
    kept = ratio <= MAX_RATIO and around_s <= MAX_AROUND_S and analysis <= MAX_ANALYSIS_SHARE
    return lines, kept


def _row(
    what: str, ours: str, theirs: str = "", ratio: str = "", limit: str = "", verdict: str = ""
) -> str:
    return f"{what:<32}{ours:>10}{theirs:>10}{ratio:>10}{limit:>8}  {verdict}".rstrip()


def _verdict(kept: bool) -> str:
    return "kept" if kept else "MISSED"


def _spans(steps: Iterable[dict[str, Any]]) -> list[tuple[float, float]]:
    return [(_unix(step["started_at"]), _unix(step["finished_at"])) for step in steps]


def _covered_s(spans: Iterable[tuple[float, float]]) -> float:
    """Return the length of the union of the spans."""
    covered_s, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered_s += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered_s


def _unix(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.overhead", description=__doc__)
    parser.add_argument("--clip", type=Path, help="default: Big Buck Bunny 1080p24, 30 s")
    parser.add_argument("--ladder", default="apple-h264", help="a preset or a YAML file")
    parser.add_argument("--runs", type=int, default=3, help="medians are over so many")
    options = parser.parse_args()
    clip = options.clip or bunny_1080p()
    farmed, scripted = measure(clip, options.ladder, options.runs)
    rungs = farmed[0].record["ladder"]["rungs"]
    print(f"{clip.name}, {len(rungs)} rungs of {options.ladder}, median of {options.runs} runs\n")
    lines, kept = table(farmed, scripted)
    print("\n".join(lines))
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
