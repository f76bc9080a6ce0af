"""The scores that a pass left in the scratch directory."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

from farm.errors import ToolFailed
from farm.spec import CrossCheck
from media.graphs.scoring import ssim_name, vmaf_name, xpsnr_name
from qc.scores import Frames, ScoreLogs, UnreadableScores, read_sampled, read_whole


def read_scores(
    folder: Path,
    place: int,
    samples: range,
    fps: Fraction,
    *,
    step: str,
    cross_checks: Collection[CrossCheck] = (),
) -> Frames:
    """Return the scores of the rendition in a place; raise ToolFailed where logs lack any.

    `step` is what failed then, in words.
    """
    logs = ScoreLogs(
        vmaf=(folder / vmaf_name(place)).read_text("utf-8"),
        ssim=_lines(folder / ssim_name(place)),
        xpsnr=_lines(folder / xpsnr_name(place)) if "xpsnr" in cross_checks else None,
    )
    read = read_sampled if samples.step > 1 else read_whole
    try:
        return read(logs, samples, fps)
    except UnreadableScores as error:
        raise ToolFailed(f"{step}: {error}") from error


def _lines(log: Path) -> list[str]:
    return log.read_text("ascii").splitlines()
