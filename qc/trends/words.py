"""What scores of many titles show, in words: the same on pages, over the API, on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from farm.scored import Maker, ScoreSeries
from qc.trends.changes import LEAST_GROUP, LEAST_PAIRS, ScoreChange
from qc.trends.look import CodecScores, QualityLook
from qc.trends.spread import LEAST_TITLES

CODECS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1"}
BUILD_CHARS = 7
UNKNOWN = "a version that is not known"

ToolNames = Mapping[tuple[str, str], str]  # of FFmpeg's builds, by version and build


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that was another one before: "FFmpeg", "n9.0.2", "n9.1"."""

    what: str
    before: str
    after: str


def told(look: QualityLook) -> list[str]:
    """Return everything that is to be said first, a sentence each."""
    if not look.codecs:
        return ["No title was scored yet."]
    names = tool_names(look)
    moved = [change for change in look.changes if change.outcome == "moved"]
    return [
        *(spread_told(codec) for codec in look.codecs),
        *(change_told(change, names) for change in moved),
        *([] if moved else [none_moved(look, names)]),
    ]


def spread_told(codec: CodecScores) -> str:
    """Return how the top rungs in one codec score."""
    spread, name = codec.harmonic_mean, CODECS[codec.codec]
    if spread.titles == 1:
        return f"1 title in {name}, at {spread.median:.1f}."
    if codec.fence is None:
        return (
            f"{spread.titles} titles in {name}, at {spread.low:.1f} to {spread.high:.1f}: under"
            f" {LEAST_TITLES} are too few to say which are far off."
        )
    far = len(codec.outliers)
    off = {0: "none is", 1: "1 is"}.get(far, f"{far} are")
    return (
        f"{spread.titles:,} titles in {name}; the middle half scores {spread.q1:.1f} to"
        f" {spread.q3:.1f}; {off} far below the rest."
    )


def none_moved(look: QualityLook, names: ToolNames) -> str:
    """Return what is to be said of changes where none is known to have moved scores."""
    judged = [change for change in look.changes if change.shift is not None]
    if judged:
        changes = "The one change" if len(judged) == 1 else f"None of {len(judged)} changes"
        moved = "did not move" if len(judged) == 1 else "moved"
        return f"{changes} of tool, preset or ladder {moved} scores as far as can be seen."
    if look.changes:
        [latest, *_] = look.changes
        return (
            f"Whether scores moved since {changed_told(latest, names)} cannot be said yet: it takes"
            f" {LEAST_GROUP} titles on either side, or {LEAST_PAIRS} made on both."
        )
    return "All of them were made with the same tool, preset and ladder, as far as can be compared."


def change_told(change: ScoreChange, names: ToolNames) -> str:
    """Return what a change did to scores."""
    what = f"{changed_told(change, names)} ({day(change.since)})"
    if change.shift is None:
        return f"Since {what}: {rung_told(change.series)}: too few to say."
    return (
        f"Since {what}, {rung_told(change.series)} scores {moved_told(change)}"
        f" ({interval_told(change)}; {titles_told(change)})."
    )


def moved_told(change: ScoreChange) -> str:
    """Return by how much scores moved: "0.6 lower"."""
    if change.shift is None:
        return "too few to say"
    if change.outcome == "unmoved":
        return "no change seen"
    return f"{abs(change.shift.by):.1f} {'lower' if change.shift.by < 0 else 'higher'}"


def interval_told(change: ScoreChange) -> str:
    """Return where the move lies, 19 times of 20: "-2.1 to -0.3", "-0.84 to -0.72"."""
    if change.shift is None:
        return ""
    low, high = change.shift.low, change.shift.high
    places = 1 if high - low >= 1 else 2
    return f"{low:+.{places}f} to {high:+.{places}f}"


def titles_told(change: ScoreChange) -> str:
    """Return what was compared: "the same 40 titles", "38 titles before, 41 others after"."""
    if change.pairs:
        return f"the same {change.pairs} titles before and after"
    before, after = change.scores_before.titles, change.scores_after.titles
    return f"{before} {'title' if before == 1 else 'titles'} before, {after} others after"


def rung_told(series: ScoreSeries) -> str:
    """Return which rungs are compared: "1080p H.264", "1080p H.264 on nvenc"."""
    on = "" if series.device == "cpu" else f" on {series.device}"
    return f"{series.lines}p {CODECS[series.codec]}{on}"


def changed_told(change: ScoreChange, names: ToolNames) -> str:
    """Return what changed: "FFmpeg went from n9.0.2 to n9.1, the preset from medium to slow"."""
    [first, *others] = changed(change.series, change.before, change.after, names)
    parts = [f"{first.what} went from {first.before} to {first.after}"]
    return ", ".join([*parts, *(f"{o.what} from {o.before} to {o.after}" for o in others)])


def changed(series: ScoreSeries, before: Maker, after: Maker, names: ToolNames) -> list[Changed]:
    """Return what of two makers differs; they are not the same."""
    pairs = [
        Changed("FFmpeg", names[before.tool, before.build], names[after.tool, after.build]),
        Changed("ReelFarm", before.reelfarm, after.reelfarm),
        Changed("the preset", before.preset, after.preset),
        Changed(f"ladder {series.policy}", policy_told(before), policy_told(after)),
    ]
    found = [each for each in pairs if each.before != each.after]
    # A ladder without versions says no more than the preset that is another one in it.
    unversioned = before.policy_version is None and after.policy_version is None
    return found[:-1] if len(found) > 1 and unversioned and found[-1] == pairs[-1] else found


def policy_told(maker: Maker) -> str:
    """Return which version of its ladder policy something was made by."""
    if maker.policy_version is not None:
        return f"version {maker.policy_version}"
    return maker.policy_digest[:BUILD_CHARS]


def tool_names(look: QualityLook) -> ToolNames:
    """Return a name for each build of FFmpeg of a look, as short as keeps them apart."""
    makers = [made.maker for codec in look.codecs for made in codec.makers]
    makers += [maker for change in look.changes for maker in (change.before, change.after)]
    return shortest({(maker.tool, maker.build) for maker in makers})


def shortest(builds: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return names of builds: their version up to its first dash, all of it, or with the build."""
    found = sorted(builds)
    ways: Sequence[Mapping[tuple[str, str], str]] = (
        {of: of[0].partition("-")[0] or UNKNOWN for of in found},
        {of: of[0] or UNKNOWN for of in found},
    )
    names: dict[tuple[str, str], str] = {}
    for of in found:
        alone = (way[of] for way in ways if Counter(way.values())[way[of]] == 1)
        names[of] = next(alone, f"{ways[1][of]} (build {of[1][:BUILD_CHARS]})")
    return names


def day(moment: datetime) -> str:
    """Return a day: "12 Nov"."""
    return f"{moment.day} {moment:%b}"
