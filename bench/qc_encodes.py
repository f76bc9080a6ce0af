"""A content as five rungs, encoded by the real step's command, and what scoring everything says.

Renditions stay below build/qc, scores in build/kept: what was cut short goes on where it was.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bdrate_clips import BenchClip
from bench.chunked import Clip, encode, look_at
from bench.clips import BUILD
from bench.kept import kept
from bench.qc_small import small_error
from bench.scoring import size_of, tools
from farm.command import SOURCE_NAME, Command, Finished
from farm.ladder import CodecName, Rung
from farm.ladder_policy import EncoderPreset, LadderPolicy, PolicyRung
from farm.serial import to_json
from farm.spec import VmafModel
from ladders.chunks import Cuts
from ladders.load import load_policy
from media.graphs.measure import Judged, all_frames, rendition_name, score
from media.graphs.scoring import HowScored
from workers.programs.runner import run
from workers.steps.score_logs import read_scores

ENCODES = BUILD / "qc"
MODEL: VmafModel = "vmaf_v0.6.1"
# Share of the picture's lines, CRF of x264 and cap at 1080 lines, top down: Apple's rungs, one of a
# size. Caps of smaller pictures follow the pixels as docs/ladders.md says.
RUNGS = (
    (Fraction(1), 21, 7_800_000),
    (Fraction(2, 3), 22, 4_000_000),
    (Fraction(1, 2), 22, 2_000_000),
    (Fraction(1, 3), 25, 730_000),
    (Fraction(13, 60), 26, 290_000),
)
BITS_EXPONENT = 0.75
AV1_MORE_CRF = 10  # of SVT-AV1 for about x264's quality at these
FULL_HD = 1920 * 1080


@dataclass(frozen=True, slots=True)
class Encoded:
    """What encoding five rungs took, and which they are, largest first; files by their names."""

    rungs: tuple[Rung, ...]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class FullScores:
    """VMAF of every frame of one rung, the error of its small picture, and the CPU that took."""

    vmaf: tuple[float, ...]
    error: tuple[float, ...]
    scoring_cpu_s: float


def policy_of(clip: Path, codec: CodecName, preset: EncoderPreset) -> LadderPolicy:
    """Return a ladder of five sizes for a clip's own."""
    width, height = size_of(clip)
    share = (width * height / FULL_HD) ** BITS_EXPONENT
    rungs = tuple(
        PolicyRung(
            codec=codec,
            width=max(64, 2 * round(width * size / 2)),
            height=max(64, 2 * round(height * size / 2)),
            max_bps=max(24_000, round(cap_bps * share)),
            crf=crf + (AV1_MORE_CRF if codec == "av1" else 0),
        )
        for size, crf, cap_bps in reversed(RUNGS)
    )
    plain = load_policy("apple-h264")
    return plain.model_copy(update={"rungs": rungs, "preset": preset, "bit_depth": 8})


def folder_of(clip: BenchClip, codec: CodecName, preset: str) -> Path:
    """Return where the renditions of a content lie."""
    return ENCODES / f"{clip.path.stem}-{codec}-{preset}"


def encoded(clip: BenchClip, look: Clip, folder: Path) -> Encoded:
    """Return the rungs of a content, encoded into `folder` unless they lie there."""
    return kept(
        [clip.identity, to_json(look.ladder), "encoded"], Encoded, lambda: _encode(look, folder)
    )


def _encode(look: Clip, folder: Path) -> Encoded:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    used: list[float] = []

    def run_in(command: Command, here: Path) -> Finished:
        finished = run(command, tools=tools(), cwd=here)
        if command.label.startswith("encode"):
            used.append(finished.cpu_s)
        return finished

    encode(look, Cuts((0,)), folder, run_in)
    return Encoded(look.ladder.rungs[::-1], sum(used))


def scored(clip: BenchClip, look: Clip, rung: Rung, rendition: Path) -> FullScores:
    """Return the scores of every frame of a rung."""
    asked = [clip.identity, to_json(rung), "every frame"]
    return kept(asked, FullScores, lambda: _score(look, rung, rendition))


def scored_size(look: Clip) -> tuple[int, int]:
    """Return the size that all rungs of a content are scored at: its largest rung's."""
    return look.treatment.picture_width or 0, look.treatment.picture_height or 0


def looked_at(clip: BenchClip, codec: CodecName, preset: EncoderPreset) -> Clip:
    """Return the content as the farm would treat it."""
    return look_at(clip.path, policy_of(clip.path, codec, preset))


def _score(look: Clip, rung: Rung, rendition: Path) -> FullScores:
    """Score every frame with the command of the real step, beside it the small pictures."""
    size = scored_size(look)
    with TemporaryDirectory(dir=ENCODES) as name:
        folder = Path(name)
        (folder / SOURCE_NAME).symlink_to(look.path)
        (folder / rendition_name(0)).symlink_to(rendition.absolute())
        whole = all_frames(rung, look.timeline)
        every = score(
            [Judged(0, rung, whole)], look.treatment, look.timeline, HowScored(size, MODEL)
        )
        finished = run(every, tools=tools(), cwd=folder)
        error = small_error(folder, look.timeline.fps)
        frames = read_scores(folder, 0, whole, rung.fps, step=rung.name)
    vmaf = tuple(each.vmaf for each in frames.values())
    return FullScores(vmaf, error, finished.cpu_s)
