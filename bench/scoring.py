"""Bits and VMAF of any encode of a clip, whoever made it: the same figures for all of them.

An encode is scored scaled to one size, frame by frame, by number, against the clip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from farm.settings import Settings
from farm.trials import QualityMetric
from ladders.bjontegaard import RateScore
from media.graphs.picture import DOWNSCALER, SCALER
from media.graphs.trial_scores import MODELS
from workers.programs.tools import Tools, find_tools

# Odd, as an even one hits the same places in pyramids of B-frames; QC's own choice. Clips of whole
# fives of frames have their last one left out, whose motion is not measured alike everywhere.
SUBSAMPLE = 5


def tools() -> Tools:
    """Return the programs that ReelFarm runs here."""
    return find_tools(Settings())


def score_all(
    encodes: Sequence[Path],
    clip: Path,
    size: tuple[int, int],
    metric: QualityMetric = "vmaf_v0.6.1",
) -> list[RateScore]:
    """Return bit/s (packets alone, no container) and mean VMAF of each encode, in order.

    Raises ValueError naming an encode that does not have as many frames as the clip.
    """
    frames, fps = frames_and_fps(clip)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
        return list(
            threads.map(lambda encode: _scored(encode, clip, size, metric, frames, fps), encodes)
        )


def frames_and_fps(clip: Path) -> tuple[int, Fraction]:
    """Return how many pictures a clip has, and its rate."""
    found = _probed(clip, "stream=r_frame_rate,nb_read_packets", "-count_packets")
    return int(found["streams"][0]["nb_read_packets"]), Fraction(
        found["streams"][0]["r_frame_rate"]
    )


def size_of(clip: Path) -> tuple[int, int]:
    """Return the width and height of a clip's pictures."""
    (found,) = _probed(clip, "stream=width,height")["streams"]
    return int(found["width"]), int(found["height"])


def joined(folder: Path, into: Path) -> Path:
    """Write a published rendition, init segment and media segments, as one file; return that."""
    partial = into.with_name(f"partial-{into.name}")
    with partial.open("wb") as file:
        for piece in (folder / "init.mp4", *sorted(folder.glob("*.m4s"))):
            with piece.open("rb") as part:
                shutil.copyfileobj(part, file)
    partial.replace(into)
    return into


def _scored(
    encode: Path,
    clip: Path,
    size: tuple[int, int],
    metric: QualityMetric,
    frames: int,
    fps: Fraction,
) -> RateScore:
    found = _probed(encode, "packet=size")
    sizes = [int(packet["size"]) for packet in found["packets"]]
    if len(sizes) != frames:
        raise ValueError(f"{encode.name} has {len(sizes)} frames where the clip has {frames}")
    vmaf = _vmaf(encode, clip, size, MODELS[metric], fps)
    return RateScore(float(8 * sum(sizes) * fps / frames), vmaf)


def _vmaf(encode: Path, clip: Path, size: tuple[int, int], model: str, fps: Fraction) -> float:
    numbered = (
        f"settb={fps.denominator}/{fps.numerator},setpts=N,"  # frames meet by their number
        # Where tags of colour differ, scaling would convert.
        "setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown,"
        f"scale={size[0]}:{size[1]}:flags="
    )
    # The reference as ReelFarm's encoders are given it, the encode as a player shows it.
    shown, reference = (f"{numbered}{how},format=yuv420p" for how in (SCALER, DOWNSCALER))
    with TemporaryDirectory() as folder:
        log = Path(folder, "vmaf.json")
        # One thread in the filter: with more it queues pictures without bound (Netflix/vmaf#1587).
        scoring = (
            f"libvmaf=model=version={model}:n_subsample={SUBSAMPLE}:log_fmt=json:log_path={log}"
        )
        _output(
            [
                *(str(tools().ffmpeg), "-v", "error", "-nostdin", "-threads", "2"),
                *("-i", str(encode), "-threads", "2", "-i", str(clip)),
                "-filter_complex",
                f"[0:v:0]{shown}[d];[1:v:0]{reference}[r];[d][r]{scoring}",
                *("-fps_mode", "passthrough", "-f", "null", "-"),
            ]
        )
        scores = json.loads(log.read_text("utf-8"))["frames"]
    return fmean(frame["metrics"]["vmaf"] for frame in scores)


def _probed(path: Path, entries: str, *options: str) -> dict[str, list[dict[str, str]]]:
    asked = ("-select_streams", "v:0", *options, "-show_entries", entries, "-of", "json")
    text = _output([str(tools().ffprobe), "-v", "error", *asked, str(path)])
    found: dict[str, list[dict[str, str]]] = json.loads(text)
    return found


def _output(argv: Iterable[str]) -> str:
    finished = subprocess.run(
        list(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    return finished.stdout
