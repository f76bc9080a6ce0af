"""What each ladder policy and codec takes for equal VMAF, beside the ladder of Apple's rungs.

Each clip goes through the real command, from nothing each time; BD-rates are over the VMAF that
both ladders reach. What was measured is kept, so that a run that was cut short goes on from there.
Ends with status 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from bench import bdrate_table as tables
from bench.bdrate_clips import QUICK, BenchClip, ClipSource, chosen, make
from bench.bdrate_table import ClipResult
from bench.exhaustive import grid, sizes_of
from bench.kept import forget, kept
from bench.ladder_runs import Candidate, Outcome, known, run
from bench.scoring import tools
from farm.ladder import CODEC_NAMES
from ladders.load import load_policy

ANCHORS = (
    Candidate("apple-h264", "h264"),
    Candidate("apple", "h264"),
)  # the second is its old name
CANDIDATES = (
    Candidate("apple-hevc", "hevc"),
    Candidate("av1", "av1"),
    *(Candidate("per-title", codec) for codec in ("h264", "hevc", "av1")),
    *(Candidate("per-shot", codec) for codec in ("h264", "hevc", "av1")),
)
QUICK_S = 5.0
HULL_CLIPS = 2

Shown = tuple[list[str], bool]


def measure(
    clip: BenchClip, anchor: Candidate, candidates: Sequence[Candidate], *, exhaustive: bool
) -> ClipResult:
    """Run the clip by the anchor, by every candidate and, if asked for, by every size and CRF."""
    first = _outcome(clip, anchor, None, bare=exhaustive)
    outcomes = {
        candidate: _outcome(clip, candidate, first.top, bare=exhaustive) for candidate in candidates
    }
    if not exhaustive:
        return ClipResult(clip, first, outcomes)
    sizes = sorted(sizes_of(first.top).union(first.sizes, *(o.sizes for o in outcomes.values())))
    _say(f"{clip.name}: everything, {len(sizes)} sizes")
    everything = grid(clip.path, sizes, first.top, first.shapes[0][2])
    return ClipResult(clip, first, outcomes, tuple(everything))


def _outcome(
    clip: BenchClip, candidate: Candidate, size: tuple[int, int] | None, *, bare: bool
) -> Outcome:
    _say(f"{clip.name}: {candidate.label}")
    policy = load_policy(candidate.policy).model_dump(mode="json")
    asked = [clip.identity, policy, candidate.codec, size, bare]
    return kept(asked, Outcome, lambda: run(clip.path, candidate, size, bare=bare))


def report(results: Sequence[ClipResult], anchor: str, candidates: Sequence[Candidate]) -> bool:
    """Print the tables; return whether everything that has a limit keeps it."""
    print(f"bits at equal VMAF against {anchor}, by BD-rate over the VMAF that both reach")
    blocks: list[Callable[[], Shown]] = [
        lambda: tables.bd_rates(results, candidates, "vmaf_v0.6.1"),
        lambda: tables.bd_rates(results, candidates, "vmaf_v1"),
        lambda: tables.shots(results),
        lambda: tables.predictions(results),
        lambda: tables.from_hull(results),
        lambda: tables.cpu(results, anchor),
    ]
    kept = True
    for block in blocks:
        lines, good = block()
        kept = kept and good
        if lines:
            print("", *lines, sep="\n")
    print(f"\n{'kept' if kept else 'MISSED'}")
    return kept


def main() -> None:
    options = _options()
    if options.anew:
        forget()
    sources = _sources(_listed(options.clips) or (QUICK if options.quick else ()))
    anchor = next(each for each in ANCHORS if known(each))
    candidates = [each for each in _wanted(options) if known(each)]
    for each in _wanted(options):
        if each not in candidates:
            _say(f"left out: this version has no {each.label}")
    results: list[ClipResult] = []
    for source in sources:
        clip = make(tools().ffmpeg, source, QUICK_S if options.quick else None)
        if clip is None:
            _say(f"left out: {source.name}, which is not here")
            continue
        looked_for = options.exhaustive and len(results) < HULL_CLIPS
        results.append(measure(clip, anchor, candidates, exhaustive=looked_for))
    sys.exit(0 if report(results, anchor.label, candidates) else 1)


def _wanted(options: argparse.Namespace) -> list[Candidate]:
    policies, codecs = _listed(options.policies), _listed(options.codecs)
    ours = {each.policy for each in (*ANCHORS, *CANDIDATES)}
    yours = [
        Candidate(policy, codec)
        for policy in policies
        if policy not in ours
        for codec in codecs or ("h264",)
    ]
    return yours + [
        each
        for each in CANDIDATES
        if (not policies or each.policy in policies) and (not codecs or each.codec in codecs)
    ]


def _sources(names: Sequence[str]) -> list[ClipSource]:
    try:
        return chosen(names)
    except KeyError as error:
        every = ", ".join(source.name for source in chosen(()))
        sys.exit(f"--clips: no clip is called {error}: name some of {every}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.bdrate", description=__doc__)
    parser.add_argument("--clips", default="", help="with commas; default: all of them")
    parser.add_argument("--policies", default="", help="with commas: per-title,mine.yaml")
    parser.add_argument("--codecs", default="", help=f"with commas: {','.join(CODEC_NAMES)}")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_S:g} s of each, and two small ones unless named",
    )
    parser.add_argument(
        "--exhaustive",
        action="store_true",
        help=f"encode the first {HULL_CLIPS} clips at every size and CRF as well",
    )
    parser.add_argument(
        "--anew", action="store_true", help="measure what an earlier run has measured, too"
    )
    return parser.parse_args()


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
