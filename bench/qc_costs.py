"""What measuring a title takes of the processor, by the farm's own commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bdrate_clips import BenchClip
from bench.chunked import Clip
from bench.kept import kept
from bench.qc_encodes import ENCODES, Encoded, scored_size
from bench.scoring import SUBSAMPLE, tools
from farm.command import SOURCE_NAME
from farm.serial import to_json
from media.graphs.measure import RENDITION_NAME, score
from workers.programs.runner import run


@dataclass(frozen=True, slots=True)
class MeasuringCost:
    """What a measuring pass over all rungs took; frames scored are those of all rungs."""

    cpu_s: float
    peak_rss_bytes: int


def measuring(clip: BenchClip, look: Clip, encoded: Encoded, folder: Path) -> MeasuringCost:
    """Return what the farm's measuring of a content's rungs takes: the one place that knows how."""
    asked = [clip.identity, to_json(look.ladder), "measuring"]
    return kept(asked, MeasuringCost, lambda: _measure(look, encoded, folder))


def _measure(look: Clip, encoded: Encoded, folder: Path) -> MeasuringCost:
    width, height = scored_size(look)
    cpu_s, peak_rss_bytes = 0.0, 0
    for rung in encoded.rungs:
        command = score(
            rung,
            look.treatment,
            look.timeline,
            width=width,
            height=height,
            subsample=SUBSAMPLE,
        )
        with TemporaryDirectory(dir=ENCODES) as name:
            here = Path(name)
            (here / SOURCE_NAME).symlink_to(look.path)
            (here / RENDITION_NAME).symlink_to((folder / rung.name / "video.mp4").absolute())
            finished = run(command, tools=tools(), cwd=here)
        cpu_s += finished.cpu_s
        peak_rss_bytes = max(peak_rss_bytes, finished.peak_rss_bytes)
    return MeasuringCost(cpu_s, peak_rss_bytes)
