"""A program to run, as data: builders make commands, only the runner in `workers` runs them.

Paths inside a command are relative to the scratch directory it runs in, and fixed by us: no text
from a user ever becomes part of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

GIBIBYTE = 1 << 30


class Tool(StrEnum):
    """The programs ReelFarm runs; settings say where each one lies."""

    FFMPEG = "ffmpeg"
    FFPROBE = "ffprobe"
    PACKAGER = "packager"
    FC_MATCH = "fc_match"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use before it is killed; seconds and bytes, None for no limit."""

    wall_s: float = 12 * 3600
    stall_s: float | None = None  # longest time without progress; needs `reports_progress`
    cpu_s: int | None = None
    memory_bytes: int | None = None
    file_bytes: int | None = 512 * GIBIBYTE
    open_files: int = 1024


@dataclass(frozen=True, slots=True)
class Command:
    """One run of one tool."""

    tool: Tool
    args: tuple[str, ...]
    label: str  # what a person reads: "encode h264 chunk 0"
    limits: Limits = field(default_factory=Limits)
    reports_progress: bool = False  # the args include PROGRESS_ARGS
    duration_s: Fraction | None = None  # of the output, so that progress is a share of it


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended well: bounded tails of what it printed, and what it cost."""

    stdout: str
    stderr: str
    wall_s: float
    cpu_s: float
    peak_rss_bytes: int


# Progress as key=value lines on stdout (FFmpeg documentation, option -progress).
PROGRESS_ARGS = ("-progress", "pipe:1", "-nostats")

# -nostdin: a child must never wait for a terminal; level+error keeps the stderr tail meaningful.
FFMPEG_PREAMBLE = ("-hide_banner", "-nostdin", "-loglevel", "level+error", "-y")

# Containers a content team delivers. Never hls, concat, dash or other demuxers that open further
# files or URLs on the word of the one they were given.
SOURCE_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,mxf,asf,ogg,wav,aiff,flac,mp3,aac,"
    "ac3,eac3,ivf,nut,gxf,w64,caf,gif,apng,webp_anim"
)
MAX_CHANNELS = 64  # of a track: FFmpeg resamples no more
MAX_STREAMS = 64
MAX_PIXELS = 8192 * 8192

SOURCE_GUARD = (
    "-protocol_whitelist",
    "file,pipe",
    "-format_whitelist",
    SOURCE_DEMUXERS,
    "-max_streams",
    str(MAX_STREAMS),
    "-max_pixels",  # a decoder option: stops a 65535x65535 header before it allocates frames
    str(MAX_PIXELS),
)


SOURCE_NAME = "source"  # a link of this name in the scratch directory leads to the source


def source_input(*before: str) -> tuple[str, ...]:
    """Return the arguments that open the source, guarded; `before` are further input options."""
    return (*SOURCE_GUARD, *before, "-i", f"file:{SOURCE_NAME}")


def opening_with(command: Command, options: tuple[str, ...]) -> Command:
    """Return the command with these options of the demuxer wherever it opens the source."""
    args: list[str] = []
    for arg in command.args:
        if arg == f"file:{SOURCE_NAME}" and args[-1:] == ["-i"]:
            args[-1:] = [*options, "-i"]
        args.append(arg)
    return replace(command, args=tuple(args))
