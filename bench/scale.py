"""How close a farm of N encode slots comes to the ideal for a two-hour title.

The plan is the real one (`ladders.chunks`, the orchestration, leases and wake-ups are real too);
only the encodes sleep: each as long as its frames would take, by a spread of effort as titles have
it, `SPEED` times faster than life. Ideal is all the work divided by the slots.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from bench.clips import bunny_1080p
from bench.farm import bench_farm
from bench.two_workers import encode_wall_s
from farm.ladder import Chunk, Timeline
from farm.plan import Resource, StepPlan, StepSize
from ladders.chunks import find_cuts, make_chunks

FPS = Fraction(24)
TITLE_S = 2 * 3600
SEGMENT_FRAMES = 144  # 6 s
LIMITS = {1: 0.0, 4: 0.0, 16: 0.95, 64: 0.90}
ENCODE_S_PER_S = 4.0  # of one slot: a title second takes so long to encode
SPREAD = 0.30  # of a scene's effort around the mean
SCENE_S = 30
# Of a frame, that one of a tail takes: 0.1 to 0.4 with nine rungs of 1080p (docs/ladders.md).
TAIL_SHARE = 0.4
IDEAL_WALL_S = 60.0  # each run sleeps so long in the ideal case
CHUNK_CORES = 1.0
MAX_RATIO = 1.10  # of the wall time of two workers of one core to that of one of two cores


def efforts(seed: int) -> list[float]:
    """Return the effort of each second of the title: scenes differ, seconds within one do not."""
    dice = random.Random(seed)
    scenes = [1 + dice.uniform(-SPREAD, SPREAD) for _ in range(TITLE_S // SCENE_S)]
    return [scenes[second // SCENE_S] for second in range(TITLE_S)]


def work_s(chunk: Chunk, effort: list[float]) -> float:
    """Return the seconds a slot takes for a chunk, its tail included."""
    start = chunk.start_frame / FPS
    end = start + chunk.frames / FPS
    tail = _effort_between(effort, end, end + chunk.tail_frames / FPS)
    return ENCODE_S_PER_S * (_effort_between(effort, start, end) + TAIL_SHARE * tail)


def _effort_between(effort: list[float], start_s: Fraction, end_s: Fraction) -> float:
    seconds = range(int(start_s), math.ceil(end_s))
    shares = (min(end_s, Fraction(s + 1)) - max(start_s, Fraction(s)) for s in seconds)
    return sum(float(share) * effort[second] for share, second in zip(shares, seconds, strict=True))


def efficiency(slots: int, effort: list[float]) -> tuple[float, int, float]:
    """Return ideal by real makespan, the number of chunks and the real wall time in seconds."""
    timeline = Timeline(FPS, int(TITLE_S * FPS))
    chunks = make_chunks(timeline, SEGMENT_FRAMES, find_cuts(timeline, SEGMENT_FRAMES, slots))
    whole_s = ENCODE_S_PER_S * sum(effort)
    faster = whole_s / slots / IDEAL_WALL_S
    size = StepSize(Resource.CPU, CHUNK_CORES, 1 << 20)
    steps = [
        StepPlan(f"encode:{c.index}", "sleep", {"s": work_s(c, effort) / faster}, size=size)
        for c in chunks
    ]
    with bench_farm(_workers(slots)) as farm:
        began = time.monotonic()
        farm.wait([farm.submit(steps)], within_s=20 * IDEAL_WALL_S)
        wall_s = time.monotonic() - began
    return IDEAL_WALL_S / wall_s, len(chunks), wall_s


def _workers(slots: int) -> list[int]:
    """Return the cores of one or two worker processes that have so many slots together."""
    return [slots] if slots == 1 else [slots // 2, slots - slots // 2]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the spread of effort")
    parser.add_argument("--slots", type=int, nargs="*", default=list(LIMITS))
    parser.add_argument("--simulated-only", action="store_true")
    parser.add_argument("--clip", type=Path, help="default: Big Buck Bunny 1080p24, 30 s")
    parser.add_argument("--ladder", default="apple-h264", help="a preset or a YAML file")
    options = parser.parse_args()
    kept = simulated(options.seed, options.slots)
    if not options.simulated_only:
        kept = real(options.clip or bunny_1080p(), options.ladder) and kept
    sys.exit(0 if kept else 1)


def real(clip: Path, ladder: str) -> bool:
    """Print how two small workers compare with one of the same cores; return whether well."""
    one_s = encode_wall_s(clip, ladder, (2,))
    two_s = encode_wall_s(clip, ladder, (1, 1))
    kept = two_s <= MAX_RATIO * one_s
    print(f"\n{clip.name}, {ladder}: encode and stitch, wall")
    print(f"one worker of 2 cores        {one_s:>8.1f} s")
    print(
        f"two workers of 1 core        {two_s:>8.1f} s{two_s / one_s:>9.3f} x  limit {MAX_RATIO} x"
    )
    print("kept" if kept else "MISSED")
    return kept


def simulated(seed: int, all_slots: Sequence[int]) -> bool:
    """Print the table of makespans; return whether every limit is kept."""
    effort = efforts(seed)
    print(f"a title of {TITLE_S} s, effort +-{SPREAD:.0%}, ideal {IDEAL_WALL_S:.0f} s each\n")
    print(f"{'slots':>5}{'chunks':>8}{'makespan':>12}{'of ideal':>10}{'limit':>8}")
    kept = True
    for slots in all_slots:
        reached, chunks, wall_s = efficiency(slots, effort)
        limit = LIMITS.get(slots, 0.0)
        kept = kept and reached >= limit
        verdict = "" if not limit else "  kept" if reached >= limit else "  MISSED"
        print(f"{slots:>5}{chunks:>8}{wall_s:>10.1f} s{reached:>10.3f}{limit or '':>8}{verdict}")
    return kept


if __name__ == "__main__":
    main()
