"""What analysis found in the pictures of a source, and `verify` in those delivered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.facts import Analysis, Check
from farm.found import PicturesFound, Span
from farm.spec import QcPolicy
from media.graphs.levels import MAX_SHARE_OUT
from qc.places import said
from qc.sources import ANALYSIS_SOURCE

FLASH_SOURCE = "ITU-R BT.1702, WCAG 2.2"
RANGE_SOURCE = "EBU R 103"


def picture_checks(
    analysis: Analysis, policy: QcPolicy, combed: Sequence[Span] | None
) -> Iterable[Check]:
    """Yield a check for each fault looked for; `combed` is None where nobody looked."""
    found = analysis.pictures
    if analysis.timeline is None or found is None:
        return
    if found.flashes_judged:
        yield _flashes(found)
    if found.range_judged:
        yield _range(found)
    yield _cadence(found)
    yield _figure("blockiness", "Blocks of a codec", found.blockiness, policy.max_blockiness)
    yield _figure("blur", "Blur", found.blur, policy.max_blur)
    if analysis.crop is not None:
        width, height, x, y = analysis.crop
        yield Check(
            "letterbox",
            "Bars around the picture",
            "pass",
            f"{width}x{height} at {x}, {y} lies between black bars",
            ANALYSIS_SOURCE,
        )
    if combed is not None:
        yield _combed(found.combed, combed)


def _flashes(found: PicturesFound) -> Check:
    kinds = (("", found.flashes), ("in red ", found.red_flashes))
    seen = [f"{kind}{said(spans)}" for kind, spans in kinds if spans]
    return Check(
        "flashes",
        "No more than three flashes a second over a quarter of the picture",
        "warn" if seen else "pass",
        "; ".join(seen) or "none",
        FLASH_SOURCE,
        places=(*found.flashes, *found.red_flashes),
    )


def _range(found: PicturesFound) -> Check:
    share = f"{100 * found.out_of_range_share:.1f} % of the pixels of the worst sample"
    return Check(
        "legal-range",
        f"No more than {100 * MAX_SHARE_OUT:g} % of pixels are out of range and gamut",
        "warn" if found.out_of_range else "pass",
        f"{said(found.out_of_range)}: {share}" if found.out_of_range else share,
        RANGE_SOURCE,
        places=found.out_of_range,
    )


def _cadence(found: PicturesFound) -> Check:
    beat = found.cadence
    wrong = beat and (
        f"one in {beat.every} is shown twice, {beat.pictures} in all"
        f" from {beat.first_s:.1f} s to {beat.last_s:.1f} s"
    )
    return Check(
        "cadence",
        "No pictures doubled at a steady beat",
        "warn" if wrong else "pass",
        wrong or "none",
        ANALYSIS_SOURCE,
        places=(Span(beat.first_s, beat.last_s),) if beat else (),
    )


def _figure(rule: str, title: str, value: float | None, most: float | None) -> Check:
    wrong = value is not None and most is not None and value > most
    seen = "nothing to tell it by" if value is None else f"{value:.1f} in the median"
    limit = "no limit" if most is None else f"up to {most:g}"
    return Check(rule, f"{title} ({limit})", "warn" if wrong else "pass", seen, ANALYSIS_SOURCE)


def _combed(source: Sequence[Span], delivered: Sequence[Span]) -> Check:
    seen = []
    if delivered:
        seen.append(f"the best rung shows two fields at once: {said(delivered)}")
    if source:
        seen.append(f"so does the source: {said(source)}")
    return Check(
        "interlacing",
        "No fields are left in the pictures",
        "warn" if seen else "pass",
        "; ".join(seen) or "none seen",
        "source analysis, best rung",
        places=tuple(delivered or source),
    )
