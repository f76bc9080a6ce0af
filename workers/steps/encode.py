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
from media.graphs.encode import chunk_name, cut_tail, encode_chunk
from media.graphs.encode_device import encode_chunk_on
from planning.params import EncodeParams
from workers.steps.burn_in import bring_burn_in, draws_text, only_text_input
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.on_device import check_made, placed_on, run_on_device
from workers.steps.result import StepResult

# What libass prints where it cannot draw, while FFmpeg goes on and ends well.
NO_FONTS = "Failed to load fontconfig fonts"
NO_GLYPH = re.compile(r"failed to find any fallback with glyph 0x([0-9A-Fa-f]+)")


def parts(params: EncodeParams) -> dict[str, Any]:
    """Return the key material of each rung: why it is in the ladder changes no pixel."""
    common = to_json(params)
    rungs: list[dict[str, Any]] = common.pop("rungs")
    # What HDR10 says of itself is in no other rung.
    said = {name: common["treatment"].pop(name) for name in ("mastering", "light")}
    if common["treatment"]["crop"] is None:  # as before there were any
        del common["treatment"]["crop"]
    lit = {**common, "treatment": {**common["treatment"], **said}}
    share = params.share
    for material in (common, lit):
        del material["share"]
        if material["missed"] is None:
            del material["missed"]
    made = {
        rung["name"]: {
            **(lit if rung["dynamic_range"] == "hdr10" else common),
            "rung": _material(rung),
        }
        for rung in rungs
    }
    # What a device makes is other bits; what it decodes is the same pictures.
    if share is not None:
        for name in share.rungs:
            made[name] |= {"device": share.kind, "constant_qp": share.constant_qp}
    return made


def _material(rung: dict[str, Any]) -> dict[str, Any]:
    """Return what of a rung changes its pixels.

    What older rungs do not have is left out where it is as theirs: they are not encoded again.
    """
    plain = {"bit_depth": 8, "dynamic_range": "sdr", "film_grain": 0, "zones": []}
    return {
        name: value
        for name, value in rung.items()
        if name != "reason" and not (name in plain and plain[name] == value)
    }


def commands(facts: Facts, params: EncodeParams) -> tuple[Command, ...]:
    """Return the encode of all rungs that are wanted, and the cut of each one's tail."""
    timeline, chunk, rungs = params.timeline, params.chunk, _rungs(facts.wanted, params)
    cuts = [cut_tail(timeline, chunk, rung, facts.limits) for rung in rungs if chunk.tail_frames]
    on = placed_on(facts, params.share) if params.share else None
    if on is not None and (on.rungs or on.decodes):
        encode = encode_chunk_on(
            on,
            params.treatment,
            timeline,
            chunk,
            rungs,
            burn_in=params.burn_in,
            threads=facts.threads,
            limits=facts.limits,
        )
        return (encode, *cuts)
    encode = encode_chunk(
        params.treatment,
        timeline,
        chunk,
        rungs,
        facts.device,
        burn_in=params.burn_in,
        threads=facts.threads,
        limits=facts.limits,
    )
    return (encode, *cuts)


def run(context: StepContext[EncodeParams]) -> StepResult:
    """Encode the rungs that are wanted, each into a file "video.mp4" of its own part."""
    params, facts = context.params, context.beforehand
    context.link_source()
    if params.burn_in:
        bring_burn_in(context, only_text_input(context), params.treatment)
    encode, *cuts = context.progress.expect(commands(facts, params))
    shared = facts.node is not None
    finished = run_on_device(context, encode) if shared else context.run(encode)
    if params.burn_in:
        _check_drawn(finished.stderr)
    for cut in cuts:
        context.run(cut)
    rungs = _rungs(facts.wanted, params)
    if shared:
        check_made(context, rungs)
    evidence = {"rungs": len(rungs), "wall_s": finished.wall_s, "cpu_s": finished.cpu_s}
    products = {rung.name: _product(context, rung, facts, evidence) for rung in rungs}
    return StepResult(products, decoded_on=_decoded_on(context))


def _rungs(wanted: Collection[str], params: EncodeParams) -> list[Rung]:
    return [rung for rung in params.rungs if rung.name in wanted]


def _product(
    context: StepContext[EncodeParams], rung: Rung, facts: Facts, evidence: dict[str, Any]
) -> Product:
    timeline, chunk = context.params.timeline, context.params.chunk
    share = context.params.share
    node = facts.node if share and rung.name in share.rungs else None
    made = EncodedVideo(
        rung=rung.name,
        codec=rung.codec,
        width=rung.width,
        height=rung.height,
        fps=rung.fps,
        frames=frames_at(chunk.frames, timeline.fps, rung.fps),
        device=node.name if node else facts.device.name,
        driver=node.driver if node else "",
        bit_depth=rung.bit_depth,
        dynamic_range=rung.dynamic_range,
        missed=context.params.missed,
    )
    return Product(to_json(made), {"video.mp4": context.scratch / chunk_name(rung)}, evidence)


def _decoded_on(context: StepContext[EncodeParams]) -> str | None:
    share, node = context.params.share, context.device
    return node.name if node and share and share.decoded else None


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
