"""Encoding: one chunk of the title, every rung that is missing, from one decode."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Any

from farm.command import Command, Tool
from farm.errors import ToolFailed
from farm.facts import EncodedVideo
from farm.ladder import Rung
from farm.parts import Product
from farm.serial import to_json
from ladders.gop import frames_at
from media.graphs.codecs import CODECS
from media.graphs.devices import Device
from media.graphs.encode import chunk_name, cut_tail, encode_chunk
from planning.params import EncodeParams
from workers.steps.burn_in import bring_burn_in, draws_text, only_text_input
from workers.steps.contract import StepContext, StepKind, StepResult
from workers.steps.facts import Facts

# What libass prints where it cannot draw, while FFmpeg goes on and ends well.
NO_FONTS = "Failed to load fontconfig fonts"
NO_GLYPH = re.compile(r"failed to find any fallback with glyph 0x([0-9A-Fa-f]+)")


def parts(params: EncodeParams) -> dict[str, Any]:
    """Return the key material of each rung: why it is in the ladder changes no pixel."""
    common = to_json(params)
    rungs: list[dict[str, Any]] = common.pop("rungs")
    return {
        rung["name"]: {**common, "rung": {k: v for k, v in rung.items() if k != "reason"}}
        for rung in rungs
    }


def commands(facts: Facts, params: EncodeParams) -> tuple[Command, ...]:
    """Return the encode of all rungs that are wanted, and the cut of each one's tail."""
    timeline, chunk, rungs = params.timeline, params.chunk, _rungs(facts.wanted, params)
    encode = encode_chunk(
        params.treatment,
        timeline,
        chunk,
        rungs,
        CODECS[rungs[0].codec],
        facts.device,
        burn_in=params.burn_in,
        threads=facts.threads,
        limits=facts.limits,
    )
    cuts = [cut_tail(timeline, chunk, rung, facts.limits) for rung in rungs if chunk.tail_frames]
    return (encode, *cuts)


def run(context: StepContext[EncodeParams]) -> StepResult:
    """Encode the rungs that are wanted, each into a file "video.mp4" of its own part."""
    params, facts = context.params, context.beforehand
    context.link_source()
    if params.burn_in:
        bring_burn_in(context, only_text_input(context), params.treatment)
    encode, *cuts = context.progress.expect(commands(facts, params))
    finished = context.run(encode)
    if params.burn_in:
        _check_drawn(finished.stderr)
    for cut in cuts:
        context.run(cut)
    rungs = _rungs(facts.wanted, params)
    evidence = {"rungs": len(rungs), "wall_s": finished.wall_s, "cpu_s": finished.cpu_s}
    return StepResult(
        {rung.name: _product(context, rung, facts.device, evidence) for rung in rungs}
    )


def _rungs(wanted: Collection[str], params: EncodeParams) -> list[Rung]:
    return [rung for rung in params.rungs if rung.name in wanted]


def _product(
    context: StepContext[EncodeParams], rung: Rung, device: Device, evidence: dict[str, Any]
) -> Product:
    timeline, chunk = context.params.timeline, context.params.chunk
    facts = EncodedVideo(
        rung=rung.name,
        codec=rung.codec,
        width=rung.width,
        height=rung.height,
        fps=rung.fps,
        frames=frames_at(chunk.frames, timeline.fps, rung.fps),
        device=device.name,
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


KIND = StepKind(
    "encode",
    EncodeParams,
    run,
    commands,
    revision=2,
    tools=(Tool.FFMPEG,),
    draws_text=draws_text,
    parts=parts,
)
