"""A clip encoded in chunks and joined, with the commands of the real steps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from farm.command import SOURCE_NAME, Command, Finished, Tool
from farm.ladder import Chunk, Ladder, Rung, Timeline, Treatment
from farm.ladder_policy import LadderPolicy
from farm.settings import Settings
from ladders.chunks import Cuts, make_chunks
from ladders.fit import fit_ladder
from ladders.gop import frames_at
from media.graphs.devices import CPU
from media.graphs.encode import chunk_name, cut_tail, encode_chunk
from media.graphs.stitch import (
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
from planning.declared import declared
from planning.pictures import largest
from planning.treatment import make_treatment
from workers.local.dry_run import probe

Run = Callable[[Command, Path], Finished]

# With more threads x264 differs from itself between two runs, by as much as is measured here.
THREADS = 1


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


def look_at(path: Path, policy: LadderPolicy) -> Clip:
    """Return a clip with its ladder, its declared length taken on trust."""
    media = probe(str(path), Settings(sources="file:///"))
    analysis = declared(media)
    assert media.picture is not None
    assert analysis.timeline is not None
    treatment = make_treatment(media.picture, media, analysis)
    ladder = fit_ladder(policy, treatment)
    top = largest(ladder.rungs)
    sized = replace(treatment, picture_width=top.width, picture_height=top.height)
    return Clip(path.absolute(), sized, analysis.timeline, ladder)


def encode(clip: Clip, cuts: Cuts, folder: Path, run_in: Run) -> dict[str, Joined]:
    """Return the renditions of a clip cut at `cuts`, by rung; each lies in a folder of its own."""
    chunks = make_chunks(clip.timeline, clip.segment_frames, cuts)
    rungs = clip.ladder.rungs
    for chunk in chunks:
        here = _scratch(folder / f"chunk-{chunk.index}", clip)
        command = encode_chunk(clip.treatment, clip.timeline, chunk, rungs, CPU, threads=THREADS)
        run_in(command, here)
        for rung in rungs:
            if chunk.tail_frames:
                run_in(cut_tail(clip.timeline, chunk, rung), here)
            there = _scratch(folder / rung.name, clip)
            (here / chunk_name(rung)).rename(there / part_name(chunk.index))
    return {rung.name: _join(clip, rung, chunks, folder / rung.name, run_in) for rung in rungs}


def _join(clip: Clip, rung: Rung, chunks: Sequence[Chunk], here: Path, run_in: Run) -> Joined:
    (here / LIST_NAME).write_text(concat_list(part_name(chunk.index) for chunk in chunks), "ascii")
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


def _scratch(folder: Path, clip: Clip) -> Path:
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / SOURCE_NAME).symlink_to(clip.path)
    return folder
