"""Trials with the real encoders: a GOP's own bits, and scores as in a run over all of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.ladder import Chunk, CodecName, Rung, Timeline, Treatment
from farm.mediainfo import Colour
from farm.serial import from_json
from farm.trial_result import TrialResult
from media.graphs.trial import encoded_name, scored_frames, warm_frames
from planning.params import EncodeParams, TrialParams
from tests.conftest import MakeContext
from tests.media.encodes import Media, RunCommand, ingested
from workers.steps import encode
from workers.steps.trial import KIND

FPS = Fraction(24)
TIMELINE = Timeline(FPS, 96)
SIZE = (320, 180)
TREATMENT = Treatment(
    stream_index=0,
    fps=FPS,
    deinterlace=False,
    tone_map=False,
    display_width=SIZE[0],
    display_height=SIZE[1],
    picture_width=SIZE[0],
    picture_height=SIZE[1],
    colour=Colour("bt709", "bt709", "bt709", "tv"),
)
WINDOW = Chunk(0, 24, 24, 16)
TEMPORAL_DELIMITER_BYTES = 2  # of each AV1 frame, which MP4 leaves out
UNTAGGED = "setparams=" + ":".join(
    f"{name}=unknown" for name in ("color_primaries", "color_trc", "colorspace", "range")
)


def candidate(codec: CodecName, size: tuple[int, int], crf: float, preset: str) -> Rung:
    return Rung(
        name=f"{codec}-{size[1]}-{crf:g}".replace(".", "_"),
        codec=codec,
        width=size[0],
        height=size[1],
        fps=FPS,
        gop_frames=24,
        preset=preset,
        crf=crf,
        max_bps=90_000_000,
        buffer_bits=90_000_000,
        reason="",
        bit_depth=8 if codec == "h264" else 10,
    )


CANDIDATES = (
    candidate("h264", SIZE, 24, "veryfast"),
    candidate("h264", SIZE, 34, "veryfast"),
    candidate("h264", (160, 90), 24, "veryfast"),
    candidate("hevc", SIZE, 28.25, "superfast"),
    candidate("av1", (160, 90), 30.25, "11"),
)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, run_command: RunCommand) -> Media:
    made = Media(tmp_path_factory.mktemp("trial"), run_command)
    picture = f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=24:duration=4,noise=alls=8:allf=t:all_seed=3"
    made.make("source.mkv", "-f", "lavfi", "-i", picture, "-c:v", "ffv1", "-pix_fmt", "yuv420p")
    return made


@dataclass(frozen=True)
class Trial:
    """What a trial of all candidates showed, and where its files lie."""

    results: dict[str, TrialResult]
    scratch: Path


@pytest.fixture
def trial(media: Media, step_context: MakeContext) -> Trial:
    source = media.folder / "source.mkv"
    params = TrialParams(TREATMENT, TIMELINE, WINDOW, CANDIDATES, ("vmaf_v1", "vmaf_v0.6.1"), *SIZE)
    context = step_context(
        params=params,
        inputs={"ingest": ingested(source)},
        wanted=[rung.name for rung in CANDIDATES],
        source=source,
    )
    products = KIND.run(context).products
    results = {name: from_json(TrialResult, part.facts) for name, part in products.items()}
    return Trial(results, context.scratch)


def scores_of_a_full_run(media: Media, encode: Path, warm: int, pixels: str) -> list[float]:
    """Return VMAF v0.6.1 of every frame of the window, as libvmaf has it over all of them."""
    read = f"settb=1/24,setpts=N,{UNTAGGED},scale={SIZE[0]}:{SIZE[1]}:flags=bicubic,format={pixels}"
    graph = (
        f"[0:v]trim=start_frame={warm}:end_frame={warm + 24},{read}[made];"
        f"[1:v]trim=start_frame=24:end_frame=48,{read}[source];"
        "[made][source]libvmaf=log_fmt=json:log_path=full.json"
    )
    inputs = ("-i", f"file:{encode}", "-i", "file:source.mkv")
    argv = (*FFMPEG_PREAMBLE, *inputs, "-filter_complex", graph, "-f", "null", "-")
    media.run(Command(Tool.FFMPEG, argv, "score"), media.folder)
    log = json.loads((media.folder / "full.json").read_text("utf-8"))
    return [frame["metrics"]["vmaf"] for frame in log["frames"]]


def test_scores_are_those_of_a_run_over_the_whole_window(trial: Trial, media: Media) -> None:
    for index, rung in enumerate(CANDIDATES):
        pixels = "yuv420p" if rung.bit_depth == 8 else "yuv420p10le"
        warm = warm_frames(rung.codec, WINDOW, TIMELINE, FPS)
        every = scores_of_a_full_run(media, trial.scratch / encoded_name(index), warm, pixels)
        expected = [every[frame] for frame in scored_frames(WINDOW.frames)]
        assert trial.results[rung.name].vmaf == pytest.approx(expected, abs=0.001), rung.name
        assert len(trial.results[rung.name].vmaf_v1) == len(expected)


def test_bits_are_those_of_the_windows_own_frames(trial: Trial, media: Media) -> None:
    for index, rung in enumerate(CANDIDATES):
        warm = warm_frames(rung.codec, WINDOW, TIMELINE, FPS)
        shown: Any = media.probe(trial.scratch / encoded_name(index), "-show_packets")
        packets = sorted(shown["packets"], key=lambda packet: packet["pts"])[warm : warm + 24]
        size = sum(int(packet["size"]) for packet in packets)
        if rung.codec == "av1":
            size += 24 * TEMPORAL_DELIMITER_BYTES
        assert trial.results[rung.name].bits == 8 * size, rung.name
        assert [n for n, packet in enumerate(packets) if "K" in packet["flags"]] == [0], rung.name
    good, coarse, small, *_ = (trial.results[rung.name] for rung in CANDIDATES)
    assert (good.bits > coarse.bits, good.bits > small.bits) == (True, True)
    assert min(good.vmaf) > max(*coarse.vmaf, *small.vmaf)


def test_only_what_is_wanted_is_tried(media: Media, step_context: MakeContext) -> None:
    source, wanted = media.folder / "source.mkv", CANDIDATES[4].name
    params = TrialParams(TREATMENT, TIMELINE, WINDOW, CANDIDATES, ("vmaf_v1",), *SIZE)
    context = step_context(
        params=params, inputs={"ingest": ingested(source)}, wanted=[wanted], source=source
    )
    assert [command.label for command in KIND.commands(context.beforehand, params)] == [
        *("decode window 0", "try av1 160x90 on window 0", "score 1 encodes of window 0"),
    ]
    (product,) = KIND.run(context).products.values()
    result = from_json(TrialResult, product.facts)
    assert (result.candidate.name, result.vmaf, len(result.vmaf_v1)) == (wanted, (), 4)


def test_each_candidate_is_known_by_what_decides_it() -> None:
    params = TrialParams(TREATMENT, TIMELINE, WINDOW, CANDIDATES, ("vmaf_v1",), *SIZE)
    fewer = replace(params, candidates=CANDIDATES[:2])
    assert {name: KIND.parts(params)[name] for name in KIND.parts(fewer)} == KIND.parts(fewer)
    assert list(KIND.parts(params)) == [rung.name for rung in CANDIDATES]


@pytest.mark.parametrize(("codec", "preset"), [("h264", "veryfast"), ("hevc", "superfast")])
def test_a_gop_is_tried_as_it_is_in_mid_title(
    media: Media, step_context: MakeContext, codec: CodecName, preset: str
) -> None:
    rung = candidate(codec, SIZE, 33, preset)
    whole = Chunk(0, 0, TIMELINE.frames, 0)
    inputs = {"ingest": ingested(media.folder / "source.mkv")}
    asked = {"inputs": inputs, "wanted": [rung.name], "source": media.folder / "source.mkv"}
    params = EncodeParams(TREATMENT, TIMELINE, whole, (rung,), burn_in=False)
    made = encode.run(step_context(params=params, **asked)).products[rung.name]
    packets: Any = media.probe(made.files["video.mp4"], "-show_packets")["packets"]
    shown = sorted(packets, key=lambda packet: int(packet["pts"]))
    for window in (replace(WINDOW, start_frame=start) for start in (0, 24, 48)):
        tried = TrialParams(TREATMENT, TIMELINE, window, (rung,), ("vmaf_v0.6.1",), *SIZE)
        products = KIND.run(step_context(params=tried, **asked)).products
        found = from_json(TrialResult, products[rung.name].facts)
        inside = shown[window.start_frame : window.start_frame + window.frames]
        bits = 8 * sum(int(packet["size"]) for packet in inside)
        assert found.bits == pytest.approx(bits, rel=0.001 if codec == "hevc" else 0.05)
