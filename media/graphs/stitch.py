"""Joining a rendition's chunks, and proving that the result is whole and on its grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, Command, Limits, Tool
from farm.ladder import Rung, Timeline
from media.graphs.encode import timescale

LIST_NAME = "chunks.ffconcat"
JOINED_NAME = "video.mp4"
PACKETS_NAME = "packets.csv"
SHOWN_EXAMPLES = 5  # examples in evidence


def part_name(index: int) -> str:
    """Return the name under which chunk `index` lies in the scratch directory."""
    return f"chunk-{index:04}.mp4"


def concat_list(names: Iterable[str]) -> str:
    """Return the concat demuxer's list of files; all their names are ours."""
    return "ffconcat version 1.0\n" + "".join(f"file {name}\n" for name in names)


def join_chunks(rung: Rung, timeline: Timeline, limits: Limits | None = None) -> Command:
    """Return the command that joins the chunks of `LIST_NAME` into `JOINED_NAME`."""
    ticks = frame_ticks(rung, timeline)
    return Command(
        tool=Tool.FFMPEG,
        args=(
            *FFMPEG_PREAMBLE,
            *PROGRESS_ARGS,
            *("-protocol_whitelist", "file", "-f", "concat", "-i", f"file:{LIST_NAME}"),
            *("-map", "0:v:0", "-c", "copy"),
            # The demuxer adds up durations in whole microseconds, which drifts over many chunks:
            # back to the frame grid, which is a thousand times coarser than the drift.
            *("-bsf:v", f"setts=pts=round(PTS/{ticks})*{ticks}:dts=round(DTS/{ticks})*{ticks}"),
            *("-video_track_timescale", str(timescale(timeline.fps))),
            *("-map_metadata", "-1", "-fflags", "+bitexact"),
            f"file:{JOINED_NAME}",
        ),
        label=f"stitch {rung.name}",
        limits=limits or Limits(),
        reports_progress=True,
        duration_s=timeline.duration_s,
    )


def list_packets(name: str, label: str, limits: Limits | None = None) -> Command:
    """Return the command that writes PTS, DTS and flags of every packet to `PACKETS_NAME`.

    Packets are read, not decoded: a two-hour rendition takes seconds.
    """
    return Command(
        tool=Tool.FFPROBE,
        args=(
            *("-v", "error", "-protocol_whitelist", "file", "-select_streams", "v:0"),
            *("-show_entries", "packet=pts,dts,flags", "-of", "csv=print_section=0"),
            *("-o", PACKETS_NAME),
            f"file:{name}",
        ),
        label=label,
        limits=limits or Limits(),
    )


def frame_ticks(rung: Rung, timeline: Timeline) -> int:
    """Return how many ticks of the track a frame of the rung lasts."""
    ticks = timescale(timeline.fps) / rung.fps
    if ticks.denominator != 1:
        raise ValueError(f"frames of {rung.fps} fps are no whole ticks of {timeline.fps} fps")
    return ticks.numerator


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of a video track in file order: PTS and DTS in ticks, and who is a key frame."""

    pts: tuple[int, ...]
    dts: tuple[int, ...]
    key_pts: frozenset[int]


def read_packets(lines: Iterable[str]) -> Packets:
    """Return what ffprobe wrote for `list_packets`; raise ValueError for other text."""
    pts: list[int] = []
    dts: list[int] = []
    keys: list[int] = []
    for line in lines:
        fields = line.strip().rstrip(",").split(",")
        if fields == [""]:
            continue
        if len(fields) != 3 or not all(field.lstrip("-").isdigit() for field in fields[:2]):
            raise ValueError(f"not a packet: {line.strip()[:80]!r}")
        pts.append(int(fields[0]))
        dts.append(int(fields[1]))
        if "K" in fields[2]:
            keys.append(pts[-1])
    return Packets(tuple(pts), tuple(dts), frozenset(keys))


def timeline_faults(packets: Packets, frames: int, ticks: int, gop_frames: int) -> list[str]:
    """Return what is wrong with a rendition that should be `frames` frames of `ticks` ticks.

    Right is: every frame once, the first at 0, evenly spaced, an IDR every `gop_frames` (so also
    where a chunk begins) and nowhere else, and decode times that rise and are never late. (In MP4
    without open GOPs every sync sample is an IDR.)
    """
    faults = []
    if len(packets.pts) != frames:
        faults.append(f"{len(packets.pts)} frames instead of {frames}")
    shown = sorted(packets.pts)
    off = [(n, pts) for n, pts in enumerate(shown) if pts != n * ticks]
    if off:
        number, pts = off[0]
        faults.append(
            f"{len(off)} of {len(shown)} frames off the grid, first frame {number} at tick {pts}"
            f" not {number * ticks}"
        )
    expected = set(range(0, frames * ticks, gop_frames * ticks))
    faults += _differences("no key frame at frame", expected - packets.key_pts, ticks)
    faults += _differences("unexpected key frame at frame", packets.key_pts - expected, ticks)
    fallen = (
        pts
        for (last, dts), pts in zip(pairwise(packets.dts), packets.pts[1:], strict=True)
        if dts <= last
    )
    faults += _differences("decode times that do not rise at frame", fallen, ticks)
    late = (pts for pts, dts in zip(packets.pts, packets.dts, strict=True) if dts > pts)
    faults += _differences("decoded after it is shown: frame", late, ticks)
    return faults


def _differences(words: str, at_ticks: Iterable[int], ticks: int) -> Sequence[str]:
    found = sorted(at_ticks)
    if not found:
        return ()
    some = ", ".join(f"{float(Fraction(pts, ticks)):g}" for pts in islice(found, SHOWN_EXAMPLES))
    more = f" and {len(found) - SHOWN_EXAMPLES} more" if len(found) > SHOWN_EXAMPLES else ""
    return (f"{words} {some}{more}",)
