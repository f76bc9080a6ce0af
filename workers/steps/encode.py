"""Encoding: one chunk of the title, every rung that is missing, from one decode."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Any

from farm.command import Limits, Tool
from farm.errors import ToolFailed
from farm.facts import EncodedVideo
from farm.ladder import Chunk, Rung, Timeline, Treatment
from farm.parts import Product
from farm.serial import from_json, to_json
from ladders.gop import frames_at
from media.graphs.encode import chunk_name, cut_tail, encode_chunk
from workers.steps.burn_in import bring_burn_in, draws_text, only_text_input
from workers.steps.contract import StepContext, StepKind, StepResult

DEVICE = "cpu"
# What libass prints where it cannot draw, while FFmpeg goes on and ends well.
NO_FONTS = "Failed to load fontconfig fonts"
NO_GLYPH = re.compile(r"failed to find any fallback with glyph 0x([0-9A-Fa-f]+)")


def parts(params: dict[str, Any]) -> dict[str, Any]:
    """Return the key material of each rung: why it is in the ladder changes no pixel."""
    common = {name: value for name, value in params.items() if name != "rungs"}
    return {
        rung["name"]: {**common, "rung": {k: v for k, v in rung.items() if k != "reason"}}
        for rung in params["rungs"]
    }


def run(context: StepContext) -> StepResult:
    """Encode the rungs that are wanted, each into a file "video.mp4" of its own part."""
    params = context.params
    treatment = from_json(Treatment, params["treatment"])
    timeline = from_json(Timeline, params["timeline"])
    chunk = from_json(Chunk, params["chunk"])
    rungs = [from_json(Rung, r) for r in params["rungs"] if r["name"] in context.wanted]
    limits = Limits(wall_s=context.settings.wall_s, stall_s=context.settings.stall_s)
    context.link_source()
    if params["burn_in"]:
        bring_burn_in(context, only_text_input(context), treatment)
    finished = context.run(
        encode_chunk(
            treatment,
            timeline,
            chunk,
            rungs,
            burn_in=params["burn_in"],
            threads=_threads(context.cores),
            limits=limits,
        )
    )
    if params["burn_in"]:
        _check_drawn(finished.stderr)
    if chunk.tail_frames:
        for rung in rungs:
            context.run(cut_tail(timeline, chunk, rung, limits))
    evidence = {"rungs": len(rungs), "wall_s": finished.wall_s, "cpu_s": finished.cpu_s}
    return StepResult({r.name: _product(context, timeline, chunk, r, evidence) for r in rungs})


def _threads(cores: int) -> int | None:
    """Return the threads of each encoder: as many as cores were granted, or None for all there are.

    No part of what is encoded hangs on it (`parts`): frames and key frames are the same.
    """
    return cores if cores < len(os.sched_getaffinity(0)) else None


def _product(
    context: StepContext, timeline: Timeline, chunk: Chunk, rung: Rung, evidence: dict[str, Any]
) -> Product:
    facts = EncodedVideo(
        rung=rung.name,
        codec=rung.codec,
        width=rung.width,
        height=rung.height,
        fps=rung.fps,
        frames=frames_at(chunk.frames, timeline.fps, rung.fps),
        device=DEVICE,
    )
    return Product(to_json(facts), {"video.mp4": context.scratch / chunk_name(rung)}, evidence)


def _check_drawn(stderr: str) -> None:
    """Raise ToolFailed where letters were not drawn; another worker may have the fonts."""
    if NO_FONTS in stderr:
        raise ToolFailed("burn-in: this worker has no fonts: install fontconfig and a font")
    glyphs = {chr(int(code, 16)) for code in NO_GLYPH.findall(stderr)}
    letters = sorted(glyph for glyph in glyphs if unicodedata.category(glyph).startswith("L"))
    if letters:
        raise ToolFailed(
            f"burn-in: no font on this worker has {''.join(letters[:20])!r}:"
            " install one for the language"
        )


KIND = StepKind("encode", run, parts=parts, revision=2, tools=(Tool.FFMPEG,), draws_text=draws_text)
