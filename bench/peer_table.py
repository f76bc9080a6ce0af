"""The table of `bench.peer`: every rung of the others beside ours, and who is behind.

Ours is *behind* a rung where it takes more bits and is no better, or is worse and takes no fewer,
beyond what two runs of one encoder differ by. A policy that chooses sizes of its own is asked what
it takes for the other's VMAF, between its own rungs.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.peer_runs import Contender
from ladders.bjontegaard import RateScore, bd_rate, bps_at

BITS_NOISE = 0.02  # of the other's bits
VMAF_NOISE = 0.3
ALL_NOISE_PERCENT = 1.0  # of BD-rate over all rungs


def standing(ours: RateScore, theirs: RateScore) -> str:
    """Return "ahead", "even", "behind", or "traded": fewer bits and less VMAF, or more of both."""
    bits = ours.bps / theirs.bps - 1
    vmaf = ours.vmaf - theirs.vmaf
    dear, cheap = bits > BITS_NOISE, bits < -BITS_NOISE
    better, worse = vmaf > VMAF_NOISE, vmaf < -VMAF_NOISE
    if (dear and better) or (cheap and worse):
        return "traded"
    if dear or worse:
        return "behind"
    return "ahead" if cheap or better else "even"


def opposite(ours: Contender, theirs: Contender, number: int) -> RateScore:
    """Return what of ours stands beside a rung of theirs: of its size, or of its VMAF."""
    rung, size = theirs.rungs[number], theirs.sizes[number]
    same = [score for own, score in zip(ours.sizes, ours.rungs, strict=True) if own == size]
    if ours.sizes == theirs.sizes:
        return same[0]
    bps = bps_at(ours.rungs, rung.vmaf)
    if bps is not None:
        return RateScore(bps, rung.vmaf)
    return min(ours.rungs, key=lambda score: abs(score.vmaf - rung.vmaf))


def table(ours: Sequence[Contender], others: Sequence[Contender]) -> tuple[list[str], bool]:
    """Return the lines, and whether ours is behind nowhere."""
    lines, kept = [], True
    for other in others:
        for own in ours:
            lines.append(f"{own.label}, beside {other.label}")
            lines.append(f"{'':<12}{'kbit/s':>9}{'VMAF':>8}{'theirs':>10}{'VMAF':>8}{'bits':>9}")
            for number, (size, theirs) in enumerate(zip(other.sizes, other.rungs, strict=True)):
                mine = opposite(own, other, number)
                found = standing(mine, theirs)
                kept = kept and found != "behind"
                lines.append(
                    f"{size[0]}x{size[1]:<{11 - len(str(size[0]))}}{mine.bps / 1000:>9.0f}"
                    f"{mine.vmaf:>8.2f}{theirs.bps / 1000:>10.0f}{theirs.vmaf:>8.2f}"
                    f"{mine.bps / theirs.bps - 1:>+9.1%}  {found}"
                )
            over_all = bd_rate(other.rungs, own.rungs)
            if over_all is not None:
                near = over_all.percent <= ALL_NOISE_PERCENT
                kept = kept and near
                verdict = "kept" if near else "MISSED"
                lines.append(
                    f"all rungs, bits at equal VMAF: {over_all.percent:+.1f} %,"
                    f" <= {ALL_NOISE_PERCENT:+.0f} %: {verdict}"
                )
            lines.append("")
    lines.append(f"{'CPU s':<24}{'encode and package':>20}{'all':>9}")
    lines += [f"{c.label:<24}{c.path_cpu_s:>20.1f}{c.all_cpu_s:>9.1f}" for c in (*ours, *others)]
    lines.append("all: with analysis, thumbnails, QC and publishing, which the others do not do")
    return lines, kept
