"""Trials: one window of a title encoded to many candidates, each with its bits and its scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from farm.command import Command, Tool
from farm.errors import ToolFailed
from farm.ladder import Rung
from farm.parts import Product
from farm.serial import to_json
from farm.trial_result import TrialResult
from ladders.gop import frames_at
from media.graphs.trial import (
    decode_window,
    encode_candidates,
    scored_frames,
    sizes_name,
    warm_frames,
)
from media.graphs.trial_output import UnreadableTrial, read_bits, read_vmaf
from media.graphs.trial_scores import score_candidates, scores_name
from planning.params import TrialParams
from workers.steps.contract import StepContext, StepKind
from workers.steps.facts import Facts
from workers.steps.result import StepResult


def parts(params: TrialParams) -> dict[str, Any]:
    """Return the key material of each candidate: one of another codec is another part."""
    common = to_json(params)
    candidates: list[dict[str, Any]] = common.pop("candidates")
    return {each["name"]: {**common, "candidate": each} for each in candidates}


def parts_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parts that a planned step will make."""
    return tuple(each["name"] for each in params["candidates"])


def commands(facts: Facts, params: TrialParams) -> tuple[Command, ...]:
    """Return the decode, the encodes of all candidates that are wanted, and the runs that score."""
    candidates, timeline, window = _wanted(facts, params), params.timeline, params.window
    decode = decode_window(
        params.treatment,
        timeline,
        window,
        candidates,
        facts.device,
        threads=facts.threads,
        limits=facts.limits,
    )
    encodes = encode_candidates(
        timeline, window, candidates, facts.device, threads=facts.threads, limits=facts.limits
    )
    size = (params.width, params.height)
    scores = score_candidates(candidates, timeline, window, size, params.metrics, facts.limits)
    return (decode, *encodes, *scores)


def run(context: StepContext[TrialParams]) -> StepResult:
    """Return the bits and scores of every candidate that is wanted."""
    params, facts = context.params, context.beforehand
    context.link_source()
    for command in context.progress.expect(commands(facts, params)):
        context.run(command)
    return StepResult(
        {
            rung.name: Product(to_json(_result(context, index, rung)))
            for index, rung in enumerate(_wanted(facts, params))
        }
    )


def _wanted(facts: Facts, params: TrialParams) -> list[Rung]:
    return [rung for rung in params.candidates if rung.name in facts.wanted]


def _result(context: StepContext[TrialParams], index: int, rung: Rung) -> TrialResult:
    params = context.params
    timeline, window = params.timeline, params.window
    frames = frames_at(window.frames, timeline.fps, rung.fps)
    warm = warm_frames(rung.codec, window, timeline, rung.fps)
    try:
        with (context.scratch / sizes_name(index)).open(encoding="ascii") as lines:
            bits = read_bits(lines, warm, frames)
        log = (context.scratch / scores_name(index)).read_text("utf-8")
        scores = read_vmaf(log, params.metrics, len(scored_frames(frames)))
    except UnreadableTrial as error:
        raise ToolFailed(f"trial of {rung.name}: {error}") from error
    return TrialResult(
        candidate=rung,
        frames=frames,
        bits=bits,
        vmaf=tuple(scores.get("vmaf_v0.6.1", ())),
        vmaf_v1=tuple(scores.get("vmaf_v1", ())),
    )


KIND = StepKind("trial", TrialParams, run, commands, revision=2, tools=(Tool.FFMPEG,), parts=parts)
