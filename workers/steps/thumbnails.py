"""Thumbnails: sprite sheets over the whole title, their index, and a poster."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from farm.command import Command, Limits, Tool
from farm.errors import ToolFailed
from farm.ladder import Timeline, Treatment
from farm.thumbnails import Thumbnails
from media.graphs.metadata import read_frames
from media.graphs.thumbnails import (
    COLUMNS,
    EFFORTS,
    INDEX_NAME,
    LUMA_NAME,
    MIN_CONTRAST,
    MIN_LUMA,
    POSTER_NAME,
    ROWS,
    TIMES_NAME,
    Sheets,
    Tile,
    close_enough,
    make_poster,
    make_sheets,
    plan_sheets,
    poster_frame,
    sheet_name,
    webvtt_index,
)
from planning.params import ThumbnailsParams
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.result import StepResult, whole


def commands(facts: Facts, params: ThumbnailsParams) -> tuple[Command, ...]:
    """Return the drawing of the sheets and of the poster.

    Assumed are that key frames lie close enough, and that something can be seen a tenth into the
    title.
    """
    treatment, timeline = params.treatment, params.timeline
    sheets = plan_sheets(treatment, timeline)
    seen = [Tile(MIN_LUMA, MIN_CONTRAST)] * sheets.count
    return (
        make_sheets(treatment, timeline, sheets, "key frames", facts.limits),
        make_poster(treatment, poster_frame(seen, sheets, timeline), facts.limits),
    )


def run(context: StepContext[ThumbnailsParams]) -> StepResult:
    """Draw the sheets from as few decoded pictures as suffice, then the poster."""
    treatment, timeline = context.params.treatment, context.params.timeline
    facts = context.beforehand
    context.link_source()
    sheets = plan_sheets(treatment, timeline)
    context.progress.expect(commands(facts, context.params))
    for effort in EFFORTS:
        context.run(make_sheets(treatment, timeline, sheets, effort, facts.limits))
        if close_enough(_times_ms(context.scratch), _moving(treatment, timeline), sheets):
            break
    frame = poster_frame(_tiles(context.scratch), sheets, timeline)
    _draw_poster(context, frame, facts.limits)
    index = context.scratch / INDEX_NAME
    index.write_text(webvtt_index(sheets, timeline.duration_s), "utf-8")
    names = (POSTER_NAME, INDEX_NAME, *(sheet_name(number) for number in range(sheets.sheets)))
    return whole(
        _facts(sheets),
        {name: context.scratch / name for name in names},
        {"effort": effort, "poster_frame": frame},
    )


def _moving(treatment: Treatment, timeline: Timeline) -> Timeline:
    """Return the part of a title that has pictures of its own: the last is held for the rest."""
    frames = treatment.picture_frames
    return timeline if frames is None else Timeline(timeline.fps, frames)


def _draw_poster(context: StepContext[ThumbnailsParams], frame: int, limits: Limits) -> None:
    treatment, timeline = context.params.treatment, context.params.timeline
    poster = context.scratch / POSTER_NAME
    context.run(make_poster(treatment, frame, limits))
    if not poster.exists():  # a seek in a source without index passed the last key frame
        from_start = replace(treatment, preroll_s=math.ceil(timeline.duration_s))
        context.run(make_poster(from_start, frame, limits))
    if not poster.exists():
        raise ToolFailed(f"frame {frame} of the title could not be drawn as its poster")


def _tiles(folder: Path) -> list[Tile]:
    return [
        Tile(
            luma=float(values["lavfi.signalstats.YAVG"]),
            contrast=float(values["lavfi.signalstats.YHIGH"])
            - float(values["lavfi.signalstats.YLOW"]),
        )
        for _, values in read_frames(folder / LUMA_NAME)
    ]


def _times_ms(folder: Path) -> list[int]:
    """Return the times FFmpeg's mkvtimestamp_v2 muxer wrote: a comment, then one on each line."""
    lines = (folder / TIMES_NAME).read_text("ascii").splitlines()
    return [int(line) for line in lines if line and not line.startswith("#")]


def _facts(sheets: Sheets) -> Thumbnails:
    return Thumbnails(
        interval_s=sheets.interval_s,
        columns=COLUMNS,
        rows=ROWS,
        tile_width=sheets.tile_width,
        tile_height=sheets.tile_height,
        count=sheets.count,
    )


KIND = StepKind("thumbnails", ThumbnailsParams, run, commands, tools=(Tool.FFMPEG,))
