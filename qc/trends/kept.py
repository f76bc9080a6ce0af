"""What is kept of one title's scores, out of what its steps have made."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from farm.command import Tool
from farm.facts import EncodedVideo, Source, Verdict
from farm.ladder import Ladder, Rung
from farm.parts import TOOLS, Part
from farm.plan import part_of, step_of
from farm.scored import Maker, RungScore, ScoreSeries, lines_of
from farm.scores import Scores
from farm.serial import digest, from_json, to_json
from farm.spec import JobSpec

POLICY_VERSION = "ladder"  # among the versions that a job's request has
NO_MATTER = {"name", "source"}  # of a policy: they change no rung
DIGEST_CHARS = 12
TOOL_CHARS = 128


def rung_scores(spec: JobSpec, made: Mapping[str, Part], verdict: Verdict) -> tuple[RungScore, ...]:
    """Return what is kept: a score for each codec and size, of the rung with the most bits.

    `made` is what each step of the job has made, by reference. Tests and excerpts are no titles to
    hold others against: nothing is kept of them.
    """
    if spec.mode == "test" or spec.excerpt is not None or "ladder" not in made:
        return ()
    told = (part.facts for reference, part in made.items() if reference.startswith("measure:"))
    scores = {each.rung: each for each in (from_json(Scores, facts) for facts in told)}
    chosen: dict[tuple[str, int], Rung] = {}
    for rung in sorted(from_json(Ladder, made["ladder"].facts).rungs, key=lambda r: r.max_bps):
        if rung.name in scores and f"stitch:{rung.name}" in made:
            chosen[rung.codec, lines_of(rung.width, rung.height)] = rung
    largest = {codec: max(n for of, n in chosen if of == codec) for codec, _ in chosen}
    source = from_json(Source, made["ingest"].facts).sha256
    body = to_json(spec.ladder)
    policy = digest({name: value for name, value in body.items() if name not in NO_MATTER})
    return tuple(
        RungScore(
            series=_series(spec, rung, lines, made, scores[rung.name]),
            maker=Maker(
                *_tool(rung.name, made),
                reelfarm=version("reelfarm"),
                preset=rung.preset,
                policy_version=spec.versions.get(POLICY_VERSION),
                policy_digest=policy[:DIGEST_CHARS],
            ),
            source_sha256=source,
            width=rung.width,
            height=rung.height,
            is_top=lines == largest[codec],
            harmonic_mean=scores[rung.name].vmaf.harmonic_mean,
            p5=scores[rung.name].vmaf.p5,
            p1=scores[rung.name].vmaf.p1,
            min=scores[rung.name].vmaf.min,
            verdict=verdict.verdict,
        )
        for (codec, lines), rung in chosen.items()
    )


def _series(
    spec: JobSpec, rung: Rung, lines: int, made: Mapping[str, Part], scores: Scores
) -> ScoreSeries:
    video = from_json(EncodedVideo, made[f"stitch:{rung.name}"].facts)
    # "nvenc:0 + cpu": which of a machine's devices it was makes no difference to a score.
    devices = {name.partition(":")[0] for name in video.device.split(" + ")}
    return ScoreSeries(
        codec=rung.codec,
        lines=lines,
        policy=spec.ladder.name,
        device=" + ".join(sorted(devices)),
        model=scores.model,
        scored_lines=lines_of(scores.width, scores.height),
    )


def _tool(rung: str, made: Mapping[str, Part]) -> tuple[str, str]:
    """Return version and build of what encoded a rung; of several, as one name and one digest.

    The first part of a step alone says what made all of them.
    """
    steps = {step_of(each) for each in made if _is_chunk(each) and part_of(each) == rung}
    told = [part.evidence.get(TOOLS, {}) for each, part in made.items() if step_of(each) in steps]
    found = {(its["version"], its["build"]) for tools in told if (its := tools.get(Tool.FFMPEG))}
    builds = sorted(build for _, build in found)
    names = " + ".join(sorted({_short(line) for line, _ in found}))
    return names[:TOOL_CHARS], builds[0] if len(builds) == 1 else digest(builds) if builds else ""


def _is_chunk(reference: str) -> bool:
    return reference.startswith("encode:")


def _short(line: str) -> str:
    """Return the version in the line that FFmpeg prints of itself."""
    words = line.split()
    return words[2] if words[:2] == ["ffmpeg", "version"] and len(words) > 2 else line
