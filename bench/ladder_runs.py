"""One clip through `reelfarm run` by one policy and codec, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.clips import BUILD
from bench.scoring import SUBSAMPLE, joined, score_all
from farm.errors import InvalidSpec
from farm.ladder import CODEC_NAMES, Timeline
from farm.ladder_policy import AdaptiveRules
from farm.trials import QualityMetric
from ladders.bjontegaard import RateScore
from ladders.load import load_policy
from ladders.per_title.windows import how_many

# Nothing is rejected, whatever it looks like.
QC = f"""\
name: measured
top_harmonic_mean: null
top_p5: null
top_p1: null
rung_floor: null
subsample: {SUBSAMPLE}
"""
ENCODES = ("encode",)
PASSES = ("analyze", "cut", "ladder")  # grow with the title
PROBES = ("trial",)  # grow with how many windows of it are tried
TITLE_S = 600.0  # what analysis is extrapolated to


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy and a codec, as `reelfarm run` is told them."""

    policy: str
    codec: str

    @property
    def label(self) -> str:
        return f"{Path(self.policy).stem} {self.codec}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a clip came to: its rungs, their predicted and measured VMAF, and the CPU it took."""

    rungs: tuple[RateScore, ...]
    predictions: tuple[tuple[str, float, float], ...]  # rung, predicted, measured
    shapes: tuple[tuple[int, int, int], ...]  # width, height and frames of a GOP
    top: tuple[int, int]  # the largest rung: the size that all were scored at
    duration_s: float
    encode_cpu_s: float
    passes_cpu_s: float
    probes_cpu_s: float
    all_cpu_s: float
    more_windows: float  # as many as the clip's are tried of a title of TITLE_S; 1 where none are
    by_v1: tuple[RateScore, ...]  # the rungs once more, by VMAF v1
    # Scored once more, without the container's bytes, where that was asked for.
    bare: tuple[RateScore, ...] = ()

    def rated(self, metric: QualityMetric) -> tuple[RateScore, ...]:
        """Return the rungs by a metric."""
        return self.by_v1 if metric == "vmaf_v1" else self.rungs

    @property
    def sizes(self) -> set[tuple[int, int]]:
        return {(width, height) for width, height, _ in self.shapes}


def known(candidate: Candidate) -> bool:
    """Return whether this version of ReelFarm has the policy and the codec."""
    try:
        load_policy(candidate.policy)
    except InvalidSpec:
        return False
    return candidate.codec in CODEC_NAMES


def publish(clip: Path, candidate: Candidate, folder: Path) -> dict[str, Any]:
    """Return the record of the clip, published below `folder`/origin; leave where it is not."""
    (folder / "qc.yaml").write_text(QC, encoding="utf-8")
    reelfarm = Path(sys.executable).with_name("reelfarm")
    finished = subprocess.run(
        [
            *(str(reelfarm), "run", str(clip.absolute()), "--json", "--asset", "clip"),
            *("--ladder", candidate.policy, "--codec", candidate.codec),
            *("--qc", str(folder / "qc.yaml")),
            *("--origin", str(folder / "origin"), "--state", str(folder / "state")),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if finished.returncode:
        said = finished.stderr.decode(errors="replace").strip().splitlines()[-3:]
        sys.exit("\n".join([f"{clip.name} by {candidate.label}: not published", *said]))
    record: dict[str, Any] = json.loads(finished.stdout)
    return record


def outcome(record: dict[str, Any], rules: AdaptiveRules) -> Outcome:
    """Return what is read from a job record of a ladder with these rules."""
    renditions = record["renditions"]
    measured = {each["name"]: float(each["vmaf"]["mean"]) for each in renditions}
    rungs = record["ladder"]["rungs"]
    largest = max(renditions, key=lambda each: int(each["width"]) * int(each["height"]))
    steps = record["steps"]
    return Outcome(
        rungs=tuple(RateScore(each["average_bps"], measured[each["name"]]) for each in renditions),
        predictions=tuple(
            (rung["name"], float(rung["predicted"]["vmaf"]), measured[rung["name"]])
            for rung in rungs
            if rung["predicted"] is not None and rung["name"] in measured
        ),
        shapes=tuple((r["width"], r["height"], r["target"]["gop_frames"]) for r in rungs),
        top=(largest["width"], largest["height"]),
        duration_s=float(record["source"]["duration_s"]),
        encode_cpu_s=_cpu_s(steps, ENCODES),
        passes_cpu_s=_cpu_s(steps, PASSES),
        probes_cpu_s=_cpu_s(steps, PROBES),
        all_cpu_s=sum(float(step["cpu_s"]) for step in steps),
        more_windows=_more_windows(record["ladder"], rules),
        by_v1=(),
    )


def _more_windows(ladder: dict[str, Any], rules: AdaptiveRules) -> float:
    trials = ladder["trials"]
    if trials is None:
        return 1.0
    fps = Fraction(ladder["rungs"][-1]["fps"])
    title = Timeline(fps, round(TITLE_S * fps))
    window_frames = round(trials["window_s"] * fps)
    of_title = how_many(title, window_frames, rules.share, rules.min_windows, rules.max_windows)
    return of_title / len(trials["windows_s"])


def run(
    clip: Path, candidate: Candidate, size: tuple[int, int] | None = None, *, bare: bool = False
) -> Outcome:
    """Publish the clip from nothing in a folder that goes afterwards, and return what came of it.

    Where its largest rung is not of `size`, the VMAF in its record says nothing beside that of
    others: it is scored once more at `size`. `bare` has it scored once more in any case. By VMAF v1
    it is always scored here.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD, prefix="bdrate-") as name:
        folder = Path(name)
        record = publish(clip, candidate, folder)
        found = outcome(record, load_policy(candidate.policy).adaptive)
        asked = size or found.top
        encodes = _encodes(record, folder)
        by_v1 = _worth(found.rungs, score_all(encodes, clip, asked, "vmaf_v1"))
        if not bare and found.top == asked:
            return replace(found, by_v1=by_v1)
        scored = score_all(encodes, clip, asked)
    rungs = found.rungs if found.top == asked else _worth(found.rungs, scored)
    return replace(found, rungs=rungs, top=asked, by_v1=by_v1, bare=tuple(scored))


def _encodes(record: dict[str, Any], folder: Path) -> list[Path]:
    published = folder / "origin" / record["outputs"]["origin_prefix"]
    names = [rendition["name"] for rendition in record["renditions"]]
    return [joined(published / name, folder / f"{name}.mp4") for name in names]


def _worth(rungs: Sequence[RateScore], scored: Sequence[RateScore]) -> tuple[RateScore, ...]:
    """Return what rungs take, container and all, and the VMAF that they were scored at."""
    pairs = zip(rungs, scored, strict=True)
    return tuple(RateScore(rung.bps, again.vmaf) for rung, again in pairs)


def _cpu_s(steps: Iterable[dict[str, Any]], kinds: Iterable[str]) -> float:
    return sum(float(step["cpu_s"]) for step in steps if step["kind"] in kinds)
