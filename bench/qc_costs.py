"""What measuring a title takes of the processor, by the farm's own commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bdrate_clips import BenchClip
from bench.chunked import Clip
from bench.kept import kept
from bench.qc_encodes import ENCODES, MODEL, Encoded, scored_size
from bench.scoring import tools
from farm.command import SOURCE_NAME
from farm.ladder import Rung
from farm.serial import to_json
from media.graphs.measure import Judged, all_frames, rendition_name, score
from media.graphs.measure_near import amid_neighbours, score_near
from media.graphs.scoring import HowScored
from qc.sampling.passes import some
from qc.sampling.spread import SOUGHT, wanted_samples
from workers.programs.runner import run
from workers.steps.measure import KIND


@dataclass(frozen=True, slots=True)
class MeasuringCost:
    """What a measuring pass over all rungs took; frames scored are those of all rungs."""

    cpu_s: float
    peak_rss_bytes: int


def measuring(clip: BenchClip, look: Clip, encoded: Encoded, folder: Path) -> MeasuringCost:
    """Return what the farm's measuring of a content's rungs takes: the one place that knows how."""
    asked = [clip.identity, to_json(look.ladder), "measuring", KIND.revision]
    return kept(asked, MeasuringCost, lambda: _measure(look, encoded, folder))


def _measure(look: Clip, encoded: Encoded, folder: Path) -> MeasuringCost:
    """Run the pass over all rungs, and as many looks at single places as come after it."""
    how = HowScored(scored_size(look), MODEL)
    judged = [_judged(place, rung, look) for place, rung in enumerate(encoded.rungs)]
    commands = [score(judged, look.treatment, look.timeline, how)]
    frames = look.timeline.frames
    for frame in range(frames // (2 * SOUGHT), frames, -(-frames // SOUGHT)):
        near = [replace(each, samples=amid_neighbours(frame, frames)) for each in judged]
        commands.append(score_near(near, look.treatment, look.timeline, how))
    with TemporaryDirectory(dir=ENCODES) as name:
        here = Path(name)
        (here / SOURCE_NAME).symlink_to(look.path)
        for each in judged:
            made = folder / each.rung.name / "video.mp4"
            (here / rendition_name(each.place)).symlink_to(made.absolute())
        finished = [run(command, tools=tools(), cwd=here) for command in commands]
    return MeasuringCost(
        sum(each.cpu_s for each in finished), max(each.peak_rss_bytes for each in finished)
    )


def _judged(place: int, rung: Rung, look: Clip) -> Judged:
    frames = len(all_frames(rung, look.timeline))
    width, height = scored_size(look)
    wanted = wanted_samples(rung.width * rung.height, width * height)
    return Judged(place, rung, some(wanted, frames))
