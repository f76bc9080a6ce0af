"""Ladders that follow the title: what to try of it, as steps, until they can be decided. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from farm.facts import Analysis
from farm.ladder import Chunk, CodecName, Ladder, Timeline, Treatment
from farm.ladder_policy import AdaptiveRules, LadderPolicy
from farm.mediainfo import MediaInfo
from farm.plan import StepPlan
from farm.serial import to_json
from farm.trial_result import TrialResult
from ladders.fit import fit_ladder
from ladders.per_shot.allocate import ShotTitle, by_shot
from ladders.per_shot.shots import find_shots
from ladders.per_title.decide import Questions, Tried, decide
from ladders.per_title.evidence import TrialEvidence
from ladders.per_title.windows import TAIL_FRAMES, choose_windows, how_many, level
from media.graphs.trial import scored_frames
from planning.params import TrialParams
from planning.pictures import largest
from planning.sizes import sized
from planning.treatment import treat
from planning.work import with_work

# Behind a window that is tried with the final preset: what x264's medium looks ahead.
FINAL_TAIL_FRAMES = 40
# Pixels: of smaller pictures libvmaf's features of v1 read beyond the end, and die.
V1_SHORT, V1_LONG = 160, 224


def decide_ladder(
    policy: LadderPolicy,
    codecs: Sequence[CodecName],
    media: MediaInfo,
    analysis: Analysis,
    results: Sequence[TrialResult],
    rounds: int,
) -> Ladder | tuple[StepPlan, ...]:
    """Return a title's ladder, or the steps that try what has to be known before.

    `results` are those of the `rounds` of trials there were. None is tried under a fixed policy,
    nor of a title that is too short or too small for it: then the ladder is what the policy offers.
    Raises InvalidSpec where it offers no rung for one of `codecs`.
    """
    if media.picture is None or analysis.timeline is None:
        raise ValueError("a title without picture has no rungs to decide")
    treatment = treat(policy, media.picture, media, analysis)
    offered = fit_ladder(policy, treatment, codecs)
    if policy.policy == "fixed":
        return offered
    timeline, rules = analysis.timeline, policy.adaptive
    windows = _windows(offered, timeline, analysis, rules, TAIL_FRAMES)
    top = largest(offered.rungs)
    if why := _untriable(offered, windows):
        return replace(
            offered,
            rungs=tuple(replace(r, reason=f"{r.reason}; {why}") for r in offered.rungs),
        )
    tried = Tried(
        tuple(results),
        tuple(float(window.start_frame / timeline.fps) for window in windows),
        float(windows[0].frames / timeline.fps),
    )
    answer = decide(offered, rules, tried)
    if isinstance(answer, Ladder):
        shots = policy.policy == "per-shot"
        return _by_shot(answer, offered, tried, windows, analysis, rules) if shots else answer
    if answer.final:
        windows = _windows(offered, timeline, analysis, rules, FINAL_TAIL_FRAMES)
    shown = replace(treatment, picture_width=top.width, picture_height=top.height)
    return _steps(answer, shown, timeline, windows, rounds + 1)


def _by_shot(
    decided: Ladder,
    offered: Ladder,
    tried: Tried,
    windows: Sequence[Chunk],
    analysis: Analysis,
    rules: AdaptiveRules,
) -> Ladder:
    assert analysis.timeline is not None
    timeline, gop_frames = analysis.timeline, windows[0].frames
    gops = max(1, timeline.frames // gop_frames)
    title = ShotTitle(
        find_shots(timeline, gop_frames, analysis.scene_cuts_s, analysis.difficulty),
        tuple(window.start_frame for window in windows),
        tuple(level(analysis.difficulty, w.start_frame // gop_frames, gops) for w in windows),
    )
    return by_shot(decided, offered, TrialEvidence(tried.results, rules.metric), title)


def _windows(
    offered: Ladder, timeline: Timeline, analysis: Analysis, rules: AdaptiveRules, tail_frames: int
) -> tuple[Chunk, ...]:
    first = offered.rungs[0]
    window_frames = (first.gop_frames / first.fps * timeline.fps).numerator  # whole, as GOPs are
    count = how_many(timeline, window_frames, rules.share, rules.min_windows, rules.max_windows)
    return choose_windows(
        timeline,
        analysis.difficulty,
        count=count,
        window_frames=window_frames,
        tail_frames=tail_frames,
    )


def _untriable(offered: Ladder, windows: Sequence[Chunk]) -> str | None:
    """Return why nothing can be tried of a title, None where it can."""
    top = largest(offered.rungs)
    if min(top.width, top.height) < V1_SHORT or max(top.width, top.height) < V1_LONG:
        return "the picture is too small for VMAF v1, so that this is the ladder as offered"
    if not all(len(scored_frames(window.frames // 2)) for window in windows):
        return "the title is too short for trials, so that this is the ladder as offered"
    return None


def _steps(
    questions: Questions,
    treatment: Treatment,
    timeline: Timeline,
    windows: Sequence[Chunk],
    number: int,
) -> tuple[StepPlan, ...]:
    assert treatment.picture_width is not None
    assert treatment.picture_height is not None
    what = "at the final preset" if questions.final else "of sizes"
    steps = [
        StepPlan(
            f"trial:{number}:{window.index}",
            "trial",
            to_json(
                TrialParams(
                    treatment,
                    timeline,
                    window,
                    questions.candidates,
                    questions.metrics,
                    treatment.picture_width,
                    treatment.picture_height,
                )
            ),
            inputs=("ingest",),
            label=f"trials {what} {window.index + 1}/{len(windows)}",
        )
        for window in windows
    ]
    return with_work(sized(step) for step in steps)
