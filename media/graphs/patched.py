"""What is joined to a rendition: its chunks, cut where patches lie above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.command import FFMPEG_PREAMBLE, Command, Limits, Tool
from farm.ladder import Chunk, Rung, Timeline
from ladders.gop import frames_at
from ladders.patches import lay_out
from media.graphs.encode import timescale
from media.graphs.stitch import part_name


@dataclass(frozen=True, slots=True)
class Joint:
    """The files that are joined, in order, what cuts them out, and the encodes they are from."""

    names: tuple[str, ...]
    cuts: tuple[Command, ...]
    encodes: frozenset[int]

    @property
    def several(self) -> bool:
        return len(self.names) > 1


def joint_of(
    rung: Rung, timeline: Timeline, encodes: Sequence[Chunk], limits: Limits | None = None
) -> Joint:
    """Return what is joined of these encodes of a rung, of which a later one lies above.

    They are at `part_name` by their place among `encodes`, and begin and end with GOPs.
    """
    pieces = lay_out(encodes)
    names: list[str] = []
    cuts: dict[int, Command] = {}
    for piece in pieces:
        chunk, same = encodes[piece.encode], [p for p in pieces if p.encode == piece.encode]
        if piece.frames == chunk.frames:
            names.append(part_name(piece.encode))
            continue
        ends = {frame for p in same for frame in (p.start_frame, p.end_frame)}
        begins = sorted(ends - {chunk.start_frame, chunk.start_frame + chunk.frames})
        at = [frames_at(frame - chunk.start_frame, timeline.fps, rung.fps) for frame in begins]
        number = [chunk.start_frame, *begins].index(piece.start_frame)
        names.append(_cut_name(piece.encode, f"{number:03}"))
        cuts[piece.encode] = _cut(piece.encode, at, rung, timeline, limits or Limits())
    return Joint(tuple(names), tuple(cuts.values()), frozenset(p.encode for p in pieces))


def _cut_name(index: int, number: str) -> str:
    return part_name(index).replace(".mp4", f"-{number}.mp4")


def _cut(
    index: int, at_frames: Sequence[int], rung: Rung, timeline: Timeline, limits: Limits
) -> Command:
    """Return the command that cuts an encode at these of its own frames, all of them IDRs.

    GOPs are closed: as many packets lie before an IDR as frames.
    """
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *("-i", f"file:{part_name(index)}", "-map", "0:v:0", "-c", "copy"),
            *("-map_metadata", "-1", "-fflags", "+bitexact"),
            *("-f", "segment", "-segment_format", "mp4", "-reset_timestamps", "1"),
            *("-segment_frames", ",".join(map(str, at_frames))),
            *("-segment_format_options", f"video_track_timescale={timescale(timeline.fps)}"),
            f"file:{_cut_name(index, '%03d')}",
        ),
        label=f"cut {rung.name} chunk {index}",
        limits=limits,
    )
