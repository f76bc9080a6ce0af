"""Sampled scoring against every frame's score: figures, intervals, and what QC takes of the CPU.

Contents that chose the estimator (`--choosing`) are others than those that judge it. Encodes and
full scores are kept, so that a run that was cut short goes on from there. Ends with status 1 where
a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import get_args

from bench.bdrate_clips import BenchClip
from bench.qc_contents import CHOOSING, JUDGING, content
from bench.qc_costs import measuring
from bench.qc_encodes import encoded, folder_of, looked_at, scored
from bench.qc_judged import JudgedRung, every, sampled
from bench.qc_small import small_source
from bench.qc_table import ContentCost, costs, errors
from bench.scoring import SUBSAMPLE, tools
from farm.ladder import CODEC_NAMES, CodecName
from farm.ladder_policy import EncoderPreset
from qc.sampling.spread import wanted_samples

Ways = dict[str, list[JudgedRung]]
SAMPLED, TODAY = "sampled", f"every {SUBSAMPLE}."


def judge(
    clip: BenchClip, codec: CodecName, preset: EncoderPreset, ways: Ways, *, cost: bool
) -> ContentCost | None:
    """Encode, score and judge a content; return what it cost where that is asked for."""
    look = looked_at(clip, codec, preset)
    folder = folder_of(clip, codec, preset)
    made = encoded(clip, look, folder)
    top, source = made.rungs[0], small_source(clip, look)
    everything_cpu_s = 0.0
    for rung in made.rungs:
        say(f"{clip.name}: every frame of {rung.name}")
        full = scored(clip, look, rung, folder / rung.name / "video.mp4")
        everything_cpu_s += full.scoring_cpu_s
        wanted = wanted_samples(rung.width * rung.height, top.width * top.height)
        ways[SAMPLED].append(sampled(clip.name, rung, full, source, wanted))
        ways[TODAY].append(every(clip.name, rung, full, SUBSAMPLE))
    if not cost:
        return None
    say(f"{clip.name}: measuring as the farm does")
    return ContentCost(
        clip.name,
        float(look.timeline.duration_s),
        made.cpu_s,
        measuring(clip, look, made, folder),
        everything_cpu_s,
    )


def main() -> None:
    options = _options()
    sources = CHOOSING if options.choosing else JUDGING
    names = [name.strip() for name in options.contents.split(",") if name.strip()]
    if unknown := set(names) - {source.name for source in sources}:
        every_name = ", ".join(source.name for source in sources)
        sys.exit(f"--contents: no {', '.join(sorted(unknown))}: name some of {every_name}")
    ways: Ways = {SAMPLED: [], TODAY: []}
    spent: list[ContentCost] = []
    for source in sources:
        if names and source.name not in names:
            continue
        clip = content(tools().ffmpeg, source, options.lines)
        if clip is None:
            say(f"left out: {source.name}, which is not here")
            continue
        cost = judge(clip, options.codec, options.preset, ways, cost=options.cost)
        spent += [cost] if cost else []
    sys.exit(0 if report(ways, spent) else 1)


def report(ways: Ways, spent: Sequence[ContentCost]) -> bool:
    """Print the table; return whether every goal is kept."""
    lines, kept_errors = errors(ways)
    cost_lines, kept_costs = costs(spent)
    print(*lines, *cost_lines, sep="\n")
    good = kept_errors and kept_costs
    print(f"\n{'kept' if good else 'MISSED'}")
    return good


def say(text: str) -> None:
    """Tell people how far it is."""
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.qc", description=__doc__)
    parser.add_argument("--contents", default="", help="with commas; default: all of them")
    parser.add_argument("--choosing", action="store_true", help="those that chose the estimator")
    parser.add_argument("--preset", default="medium", choices=get_args(EncoderPreset))
    parser.add_argument("--codec", default="h264", choices=CODEC_NAMES)
    parser.add_argument("--lines", type=int, default=1080, help="of joined titles")
    parser.add_argument("--cost", action="store_true", help="measure QC's share of the CPU, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
