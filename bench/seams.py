"""What chunks cost at their seams: quality just before them, frames, and bits in a segment.

Each clip is encoded whole and in chunks of one segment (6 s), with the commands of the real steps.
The last frames before a seam are those whose encoder would see no future without a chunk's tail.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from bench.clips import BUILD, bunny_1080p, bunny_1080p60
from bench.window import read_window, score_window
from farm.command import SOURCE_NAME, Command, Finished, Tool
from farm.ladder import Chunk, Ladder, LadderPolicy, Rung, Timeline, Treatment
from farm.settings import Settings
from ladders.chunks import Cuts, make_chunks
from ladders.fit import fit_ladder
from ladders.gop import frames_at
from ladders.load import load_policy
from workers.graphs.encode import chunk_name, cut_tail, encode_chunk
from workers.graphs.stitch import (
    JOINED_NAME,
    LIST_NAME,
    PACKETS_NAME,
    concat_list,
    frame_ticks,
    join_chunks,
    list_packets,
    part_name,
    read_packets,
    timeline_faults,
)
from workers.picture_steps import largest
from workers.planning import make_treatment
from workers.programs.runner import run
from workers.programs.tools import find_tools
from workers.rehearsal import declared, probe

MIN_DIFFERENCE = -0.5  # VMAF, chunked minus whole, in the mean of the frames before a seam
MAX_OF_CAP = 1.25  # a segment of 6 s and the buffer of 1.5 s before it (BUFFER_S of ladders/fit.py)
SEAM_FRAMES = 12
LEAD_FRAMES = 12  # scored before them and thrown away: VMAF compares neighbours
BOXES = ((640, 360), (1280, 720), (1920, 1080))  # of the rungs: low, middle and top of a ladder

Run = Callable[[Command, Path], Finished]


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as the farm would treat it."""

    path: Path
    treatment: Treatment
    timeline: Timeline
    ladder: Ladder

    @property
    def segment_frames(self) -> int:
        return (self.ladder.segment_s * self.timeline.fps).numerator


@dataclass(frozen=True, slots=True)
class Joined:
    """A rendition of a clip, of one chunk or of several."""

    file: Path
    frames: int
    of_cap: float  # the heaviest segment, as a share of what the cap gives it


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


def look_at(path: Path, policy: LadderPolicy) -> Clip:
    """Return a clip with its ladder, its declared length taken on trust."""
    media = probe(str(path), Settings())
    analysis = declared(media)
    assert media.picture is not None
    assert analysis.timeline is not None
    treatment = make_treatment(media.picture, media, analysis)
    ladder = fit_ladder(policy, treatment)
    top = largest(ladder.rungs)
    sized = replace(treatment, picture_width=top.width, picture_height=top.height)
    return Clip(path.absolute(), sized, analysis.timeline, ladder)


def compare(clip: Clip, folder: Path, run_in: Run) -> list[Seams]:
    """Return every rung of a clip, whole against chunks of one segment."""
    cuts = Cuts(tuple(range(clip.timeline.frames // clip.segment_frames)))
    whole = encode(clip, Cuts((0,)), folder / "whole", run_in)
    chunked = encode(clip, cuts, folder / "chunked", run_in)
    return [
        Seams(
            clip,
            rung,
            whole[rung.name],
            chunked[rung.name],
            tuple(
                _score(clip, rung, chunked[rung.name].file, seam, run_in)
                - _score(clip, rung, whole[rung.name].file, seam, run_in)
                for seam in (cut * clip.segment_frames for cut in cuts.segments[1:])
            ),
        )
        for rung in clip.ladder.rungs
    ]


def encode(clip: Clip, cuts: Cuts, folder: Path, run_in: Run) -> dict[str, Joined]:
    """Return the renditions of a clip cut at `cuts`, by rung; each lies in a folder of its own."""
    chunks = make_chunks(clip.timeline, clip.segment_frames, cuts)
    rungs = clip.ladder.rungs
    for chunk in chunks:
        here = _scratch(folder / f"chunk-{chunk.index}", clip)
        run_in(encode_chunk(clip.treatment, clip.timeline, chunk, rungs), here)
        for rung in rungs:
            if chunk.tail_frames:
                run_in(cut_tail(clip.timeline, chunk, rung), here)
            there = _scratch(folder / rung.name, clip)
            (here / chunk_name(rung)).rename(there / part_name(chunk.index))
    return {rung.name: _join(clip, rung, chunks, folder / rung.name, run_in) for rung in rungs}


def _join(clip: Clip, rung: Rung, chunks: Sequence[Chunk], here: Path, run_in: Run) -> Joined:
    (here / LIST_NAME).write_text(concat_list(len(chunks)), "ascii")
    run_in(join_chunks(rung, clip.timeline), here)
    run_in(list_packets(JOINED_NAME, "packets"), here)
    packets = read_packets((here / PACKETS_NAME).read_text("ascii").splitlines())
    frames = frames_at(clip.timeline.frames, clip.timeline.fps, rung.fps)
    ticks = frame_ticks(rung, clip.timeline)
    if faults := timeline_faults(packets, frames, ticks, rung.gop_frames):
        sys.exit(f"{clip.path.name}, {rung.name}: {'; '.join(faults)}")
    return Joined(here / JOINED_NAME, len(packets.pts), _of_cap(clip, rung, here, run_in))


def _of_cap(clip: Clip, rung: Rung, here: Path, run_in: Run) -> float:
    """Return the largest share of its cap that a segment takes."""
    show = ("-show_entries", "packet=pts_time,size", "-of", "csv=print_section=0")
    args = ("-v", "error", "-select_streams", "v:0", *show, f"file:{JOINED_NAME}")
    lines = run_in(Command(Tool.FFPROBE, args, "sizes"), here).stdout.split()
    sizes: dict[int, int] = {}
    for time_s, size_bytes in (line.rstrip(",").split(",") for line in lines):
        segment = int((float(time_s) + 0.001) / clip.ladder.segment_s)
        sizes[segment] = sizes.get(segment, 0) + int(size_bytes)
    return max(sizes.values()) * 8 / float(rung.max_bps * clip.ladder.segment_s)


def _score(clip: Clip, rung: Rung, rendition: Path, seam_frame: int, run_in: Run) -> float:
    """Return the mean VMAF of the last frames before a seam, which is a frame of the timeline."""
    end = frames_at(seam_frame, clip.timeline.fps, rung.fps)
    count = SEAM_FRAMES + LEAD_FRAMES
    window = score_window(rung, clip.treatment, rendition.name, end - count, count)
    run_in(window, rendition.parent)
    scores = read_window(rendition.parent)
    assert len(scores) == count
    return fmean(scores[LEAD_FRAMES:])


def _scratch(folder: Path, clip: Clip) -> Path:
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / SOURCE_NAME).symlink_to(clip.path)
    return folder


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


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.seams", description=__doc__)
    parser.add_argument("--clip", type=Path, action="append", help="default: two of 1080p")
    parser.add_argument("--ladder", default="apple", help="a preset or a YAML file")
    parser.add_argument("--all-rungs", action="store_true", help="not only three of the ladder's")
    parser.add_argument("--preset", help="another one of x264, for a quick look")
    options = parser.parse_args()
    policy = load_policy(options.ladder)
    if not options.all_rungs:
        by_box = {(rung.width, rung.height): rung for rung in reversed(policy.rungs)}
        policy = policy.model_copy(update={"rungs": tuple(by_box[box] for box in BOXES)})
    if options.preset:
        policy = policy.model_copy(update={"preset": options.preset})
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
