"""What analysis found in the pictures of a source, and `verify` in those delivered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.checks import CheckOutcome
from farm.facts import Analysis, Check
from farm.found import PicturesFound, Span
from media.graphs.levels import MAX_SHARE_OUT
from qc.places import said
from qc.sources import ANALYSIS_SOURCE

# Medians of FFmpeg's figures over a title. Of 16 clean ones `blockdetect` gave 1.0 to 4.0, of
# MPEG-2 at coarse quantisers 8 and more; `blurdetect` 4 to 8.3, of one blurred by sigma 4 10.3.
MAX_BLOCKINESS = 8.0
MAX_BLUR = 10.0
FLASH_SOURCE = "ITU-R BT.1702, WCAG 2.2"
RANGE_SOURCE = "EBU R 103"


def picture_checks(analysis: Analysis, combed: Sequence[Span] | None) -> Iterable[Check]:
    """Yield a check for each fault looked for; `combed` is None where nobody looked."""
    found = analysis.pictures
    if analysis.timeline is None or found is None:
        return
    if found.flashes_judged:
        yield _flashes(found)
    if found.range_judged:
        yield _range(found)
    yield _cadence(found)
    yield _figure("blockiness", "No blocks of a coarse codec", found.blockiness, MAX_BLOCKINESS)
    yield _figure("blur", "Pictures are sharp", found.blur, MAX_BLUR)
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


def _figure(rule: str, title: str, value: float | None, most: float) -> Check:
    outcome: CheckOutcome = "warn" if value is not None and value > most else "pass"
    seen = "nothing to tell it by" if value is None else f"{value:.1f} in the median"
    return Check(rule, f"{title} (up to {most:g})", outcome, seen, ANALYSIS_SOURCE)


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
