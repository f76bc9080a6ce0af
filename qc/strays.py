"""Single pictures of a rendition that are not the source's of that moment.

Scores look at few frames; this looks at all of them, small and grey. What an encoder loses hardly
shows there, so that what does is something else: black, a garbled GOP, a picture shown twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from statistics import median

from farm.facts import Check
from farm.found import Span
from farm.scores import Scores, Stray, StrayKind

# In squared 8-bit steps at 128 x 72. The worst frames of starved renditions were at 13 in the clips
# of docs/benchmarks.md; black instead of a dark scene is at 100 and more.
LEAST_UNLIKE = 100.0
TIMES_UNLIKE = 8.0  # the rendition's own median: where all of it is coarse, so is its worst
LEAST_MISPLACED = 4.0
NEIGHBOUR_SHARE = 0.2  # of its own error, at most: it is its neighbour that it shows
GAP_FRAMES = 2  # between strays of one stretch
# From here on nobody would take it for the source's picture: it is some 22 dB of PSNR.
LOST = 400.0
SHOWN_STRAYS = 4
SIGNATURE_SOURCE = "every frame against the source's, at 128 x 72"
MOST_STRAYS = 50  # kept, the worst first: who sees these needs no more


def stray_checks(scores: Sequence[Scores]) -> Iterable[Check]:
    """Yield the check that all frames are the source's, where all were looked at."""
    watched = [each for each in scores if each.compared]
    if not watched:
        return
    strays = [(each.rung, stray) for each in watched for stray in each.strays]
    lost = any(stray.kind == "unlike" and stray.error >= LOST for _, stray in strays)
    frames = sum(each.compared for each in watched)
    yield Check(
        "every-frame",
        "Every frame delivered is the source's of that moment",
        "fail" if lost else "warn" if strays else "pass",
        _told(strays) or f"{frames} frames of {len(watched)} rungs",
        SIGNATURE_SOURCE,
    )


def find_strays(errors: Mapping[int, Sequence[float]], fps: Fraction) -> tuple[Stray, ...]:
    """Return the stretches of strays in the order of the title, the worst where there are many.

    `errors` are mean squared errors of all frames against the source's of the same number (0), of
    the one before (-1) and of the one after (1).
    """
    same, before, after = errors[0], errors[-1], errors[1]
    unlike_from = max(LEAST_UNLIKE, TIMES_UNLIKE * median(same))
    kinds: dict[int, StrayKind] = {}
    for frame, error in enumerate(same):
        if error >= LEAST_MISPLACED and min(before[frame], after[frame]) <= NEIGHBOUR_SHARE * error:
            kinds[frame] = "misplaced"
        elif error >= unlike_from:
            kinds[frame] = "unlike"
    strays = [
        _stretch(kind, frames, same, fps)
        for kind in ("unlike", "misplaced")
        for frames in _stretches([frame for frame, found in kinds.items() if found == kind])
    ]
    worst = sorted(strays, key=lambda stray: -stray.error)[:MOST_STRAYS]
    return tuple(sorted(worst, key=lambda stray: stray.span.start_s))


def _told(strays: Sequence[tuple[str, Stray]]) -> str:
    """Return the worst strays in words."""
    worst = sorted(strays, key=lambda each: -each[1].error)
    more = len(worst) - SHOWN_STRAYS
    shown = [
        f"{rung}: {_WORDS[stray.kind]} at {stray.span.start_s:.2f} s ({_count(stray.frames)},"
        f" squared error {stray.error:.0f})"
        for rung, stray in worst[:SHOWN_STRAYS]
    ]
    return "; ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def _count(frames: int) -> str:
    return "1 frame" if frames == 1 else f"{frames} frames"


_WORDS: Mapping[StrayKind, str] = {
    "unlike": "another picture",
    "misplaced": "the picture before or after",
}


def _stretch(
    kind: StrayKind, frames: Sequence[int], errors: Sequence[float], fps: Fraction
) -> Stray:
    span = Span(float(frames[0] / fps), float((frames[-1] + 1) / fps))
    return Stray(kind, span, len(frames), max(errors[frame] for frame in frames))


def _stretches(frames: Sequence[int]) -> list[list[int]]:
    stretches: list[list[int]] = []
    for frame in frames:
        if stretches and frame - stretches[-1][-1] <= GAP_FRAMES:
            stretches[-1].append(frame)
        else:
            stretches.append([frame])
    return stretches
