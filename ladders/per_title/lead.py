"""How far the final preset is ahead of the fast one: by one candidate that is tried with it first.

At one CRF a slower preset looks better. By how much hangs on the title (x264 medium against
veryfast: 1.5 to 4.5 CRF; SVT-AV1 7 against 11: 2 to 9), and little on the CRF (docs/ladders.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from farm.ladder import CodecName, Ladder, Rung
from ladders.per_title.candidates import FAST_PRESETS, Shape, candidate, shape_of, shapes
from ladders.per_title.curves import RateCurve
from ladders.per_title.evidence import TrialEvidence

PROBE_CRF: Mapping[CodecName, float] = {"h264": 28, "hevc": 28, "av1": 40}
MOST_LEAD = 12.0  # CRF: where a title loses next to nothing at any, the scores tell nothing


def lead_probes(offered: Ladder) -> tuple[Rung, ...]:
    """Return what is tried with the final preset beside the first candidates: one of each codec.

    It is of a size in the middle, and named apart from candidates for a rung, whose trials have
    more pictures behind them and more scores. A ladder whose final preset is the fast one has none.
    """
    return tuple(
        replace(tried, name=f"{tried.name}-lead")
        for codec in dict.fromkeys(rung.codec for rung in offered.rungs)
        for rung in [_middle(offered, codec)]
        if rung.preset != FAST_PRESETS[codec]
        for tried in [candidate(rung, PROBE_CRF[codec], rung.preset)]
    )


def leads(
    offered: Ladder, curves: Mapping[Shape, RateCurve], evidence: TrialEvidence
) -> dict[CodecName, float]:
    """Return how much higher the final preset's CRF is at equal quality, once probes were tried.

    `curves` are those of the fast preset.
    """
    found = dict.fromkeys((rung.codec for rung in offered.rungs), 0.0)
    for probe in lead_probes(offered):
        equal = curves[shape_of(probe)].crf_of(evidence.point(probe.name).quality)
        found[probe.codec] = min(MOST_LEAD, max(0.0, probe.crf - equal))
    return found


def _middle(offered: Ladder, codec: CodecName) -> Rung:
    by_shape = {shape_of(rung): rung for rung in offered.rungs}
    mine = [shape for shape in shapes(offered) if shape[0] == codec]
    return by_shape[mine[(len(mine) - 1) // 2]]
