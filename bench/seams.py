"""What chunks cost at their seams: quality just before them, frames, and bits in a segment.

Each clip is encoded whole and in chunks of one segment (6 s). The last frames before a seam are
those whose encoder would see no future without a chunk's tail.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from bench.chunked import Clip, Joined, Run, encode, look_at
from bench.clips import BUILD, bunny_1080p, bunny_1080p60
from bench.window import read_window, score_window
from farm.ladder import Rung
from farm.ladder_policy import LadderPolicy
from farm.settings import Settings
from ladders.chunks import Cuts
from ladders.gop import frames_at
from ladders.load import load_policy
from workers.programs.runner import run
from workers.programs.tools import find_tools

MIN_DIFFERENCE = -0.5  # VMAF, chunked minus whole, in the mean of the frames before a seam
MAX_OF_CAP = 1.25  # a segment of 6 s and the buffer of 1.5 s before it (BUFFER_S of ladders/fit.py)
SEAM_FRAMES = 12
LEAD_FRAMES = 12  # scored before them and thrown away: VMAF compares neighbours
BOXES = ((640, 360), (1280, 720), (1920, 1080))  # of the rungs: low, middle and top of a ladder


@dataclass(frozen=True, slots=True)
class Seams:
    """A rung whole and chunked; `differences` are means before each seam, chunked minus whole."""

    clip: Clip
    rung: Rung
    whole: Joined
    chunked: Joined
    differences: tuple[float, ...]

    @property
    def lost(self) -> int:
        return self.whole.frames - self.chunked.frames

    @property
    def kept(self) -> bool:
        within_cap = self.chunked.of_cap <= max(MAX_OF_CAP, self.whole.of_cap)
        return min(self.differences) >= MIN_DIFFERENCE and self.lost == 0 and within_cap


def compare(clip: Clip, folder: Path, run_in: Run) -> list[Seams]:
    """Return every rung of a clip, whole against chunks of one segment."""
    cuts = Cuts(tuple(range(clip.timeline.frames // clip.segment_frames)))
    whole = encode(clip, Cuts((0,)), folder / "whole", run_in)
    chunked = encode(clip, cuts, folder / "chunked", run_in)
    seams = [cut * clip.segment_frames for cut in cuts.segments[1:]]
    return [
        Seams(
            clip,
            rung,
            whole[rung.name],
            chunked[rung.name],
            tuple(
                _score(clip, rung, chunked[rung.name].file, seam, run_in)
                - _score(clip, rung, whole[rung.name].file, seam, run_in)
                for seam in seams
            ),
        )
        for rung in clip.ladder.rungs
    ]


def _score(clip: Clip, rung: Rung, rendition: Path, seam_frame: int, run_in: Run) -> float:
    """Return the mean VMAF of the last frames before a seam, which is a frame of the timeline."""
    end = frames_at(seam_frame, clip.timeline.fps, rung.fps)
    count = SEAM_FRAMES + LEAD_FRAMES
    window = score_window(rung, clip.treatment, rendition.name, end - count, count)
    run_in(window, rendition.parent)
    scores = read_window(rendition.parent)
    assert len(scores) == count
    return fmean(scores[LEAD_FRAMES:])


def table(found: Sequence[Seams]) -> list[str]:
    """Return a line for every rung of every clip, under a head."""
    head = f"{'clip':<20}{'rung':<20}{'seams':>6}{'mean':>8}{'worst':>8}{'frames':>8}{'lost':>6}"
    lines = [f"{head}{'of cap, whole':>15}{'chunked':>9}"]
    for seams in found:
        name, rung, differences = seams.clip.path.stem, seams.rung.name, seams.differences
        lines.append(
            f"{name:<20}{rung:<20}{len(differences):>6}{fmean(differences):>+8.2f}"
            f"{min(differences):>+8.2f}{seams.chunked.frames:>8}{seams.lost:>6}"
            f"{seams.whole.of_cap:>15.0%}{seams.chunked.of_cap:>9.0%}"
            f"  {'kept' if seams.kept else 'MISSED'}"
        )
    limits = f"{'limit':<54}{MIN_DIFFERENCE:>+8.2f}{0:>14}{MAX_OF_CAP:>24.0%}"
    return [*lines, limits]


def _policy(name: str, preset: str | None, *, all_rungs: bool) -> LadderPolicy:
    policy = load_policy(name)
    if not all_rungs:
        cheapest = {(rung.width, rung.height): rung for rung in reversed(policy.rungs)}
        policy = policy.model_copy(update={"rungs": tuple(cheapest[box] for box in BOXES)})
    return policy.model_copy(update={"preset": preset}) if preset else policy


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.seams", description=__doc__)
    parser.add_argument("--clip", type=Path, action="append", help="default: two of 1080p")
    parser.add_argument("--ladder", default="apple-h264", help="a preset or a YAML file")
    parser.add_argument("--all-rungs", action="store_true", help="of a YAML file; default: three")
    parser.add_argument("--preset", help="another one of x264's, for a quick look")
    options = parser.parse_args()
    policy = _policy(options.ladder, options.preset, all_rungs=options.all_rungs)
    tools = find_tools(Settings())
    found: list[Seams] = []
    BUILD.mkdir(exist_ok=True)
    for path in options.clip or (bunny_1080p(), bunny_1080p60()):
        with TemporaryDirectory(dir=BUILD, prefix="seams-") as folder:
            print(f"{path.name}: whole, and in chunks of one segment", file=sys.stderr)
            clip = look_at(path, policy)
            found += compare(clip, Path(folder), lambda argv, cwd: run(argv, tools=tools, cwd=cwd))
    print("\n".join(table(found)))
    sys.exit(0 if all(seams.kept for seams in found) else 1)


if __name__ == "__main__":
    main()
