"""Devices that only decode: when that is worth it, what a step takes of one, what it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.command import PROGRESS_ARGS, Limits
from farm.devices import Capability, DecodeGain, DeviceReport, HeldDevice
from farm.errors import InvalidSpec
from farm.ladder import Chunk
from farm.plan import Resource
from farm.serial import to_json
from media.graphs.decode_trial import decode_clip
from media.graphs.device_check import garbage, spots
from media.graphs.on_device import OnDevice
from planning.decoding import only_decoded, with_decoding
from planning.params import DeviceShare, EncodeParams
from planning.placement import ON_THE_CPU, Placement, explained_ladder, place
from planning.sizes import DEVICE_BYTES, step_size
from tests.unit.test_graph_encode import FPS, LOW, PLAIN, TIMELINE, TOP, option
from tests.unit.test_placement import GPU, STREAM, ladder
from workers.steps import encode
from workers.steps.facts import Facts

WHY = "it cannot do this (No capable devices found)"
NOTHING = (Capability("h264", 8, "h264_nvenc", works=False, reason=WHY),)
H264 = DecodeGain("h264", (8,), 1.5e9, 0.003, 0.4)
HEVC = DecodeGain("hevc", (8, 10), 1.2e9, 0.002, 0.4)
H200 = DeviceReport(
    *("m/GPU-9", "nvenc:0", "nvenc", "NVIDIA H200", 0, NOTHING, ("h264", "hevc")),
    decode_sessions=16,
    gains=(H264, HEVC),
)
HD = replace(STREAM, width=1920, height=1080)
CHUNKS = (Chunk(0, 0, 1440, 0),)
SHARE = DeviceShare("nvenc", (), "nv12")


def decide(policy: str = "prefer", devices: tuple[DeviceReport, ...] = (H200,)) -> Placement:
    return with_decoding(policy, ON_THE_CPU, ladder(), HD, devices, CHUNKS)  # type: ignore[arg-type]


def params(share: DeviceShare | None = SHARE) -> EncodeParams:
    return EncodeParams(PLAIN, TIMELINE, CHUNKS[0], (LOW, TOP), False, share)


def test_a_device_that_decodes_and_encodes_nothing_is_told_from_one_that_does_nothing() -> None:
    assert (H200.works, H200.encodes, H200.only_decodes) == (True, False, True)
    assert (GPU.works, GPU.encodes, GPU.only_decodes) == (True, True, False)
    dead = replace(H200, decode_sessions=0, gains=())
    assert (dead.works, dead.encodes, dead.only_decodes) == (False, False, False)
    assert (H200.decode_pixels_per_s, H200.why_nothing) == (1.2e9, WHY)
    assert [H200.gain(*each) for each in (("hevc", 10), ("h264", 10), ("av1", 8))] == [
        *(HEVC, None, None),
    ]


def test_the_processors_encodes_are_decoded_there_where_that_spares_much() -> None:
    decided = decide()
    assert decided.share == SHARE
    assert [rung.reason for rung in explained_ladder(ladder(), decided).rungs] == [
        "fits; made on the CPU; h264 is decoded on nvenc where it can: 9.0 s a chunk less"
    ] * 2


def test_small_sources_and_short_chunks_are_decoded_on_the_processor_and_it_is_said_why() -> None:
    small = with_decoding(
        "prefer",
        Placement(None, {TOP.name: "made on the CPU: no device encodes it"}),
        *(ladder(), replace(HD, width=640, height=360), (H200,), CHUNKS),
    )
    why = "h264 is decoded on the CPU: nvenc would spare it 1.0 s a chunk, and cost 2.2"
    assert small == Placement(
        None,
        {
            LOW.name: f"made on the CPU; {why}",
            TOP.name: f"made on the CPU: no device encodes it; {why}",
        },
    )
    short = with_decoding("prefer", ON_THE_CPU, ladder(), HD, (H200,), (Chunk(0, 0, 240, 24),))
    assert short.share is None


@pytest.mark.parametrize(
    "changed", [{"codec": "av1"}, {"pix_fmt": "yuv422p"}, {"rotation": 90}, {"codec": "prores"}]
)
def test_what_it_does_not_decode_says_nothing_of_it(changed: dict[str, object]) -> None:
    stream = replace(HD, **changed)  # type: ignore[arg-type]
    assert with_decoding("prefer", ON_THE_CPU, ladder(), stream, (H200,), CHUNKS) == ON_THE_CPU


def test_of_several_devices_all_have_to_decode_it_and_the_least_gain_counts() -> None:
    other = replace(H200, key="m/GPU-8", gains=(replace(H264, saved_s=0.0001),))
    assert decide(devices=(H200, other)).share is None
    assert decide(devices=(H200, replace(other, gains=(HEVC,)))) == ON_THE_CPU


def test_ten_bits_come_in_the_form_in_which_the_device_holds_them() -> None:
    deep = replace(HD, codec="hevc", pix_fmt="yuv420p10le", bit_depth=10)
    decided = with_decoding("prefer", ON_THE_CPU, ladder(), deep, (H200,), CHUNKS)
    assert decided.share == DeviceShare("nvenc", (), "p010le")


def test_where_a_device_encodes_or_none_is_wanted_nothing_is_decoded_apart() -> None:
    made = place("prefer", ladder(), HD, [GPU, H200])
    assert made.share == DeviceShare("nvenc", (LOW.name, TOP.name), "nv12")
    assert with_decoding("prefer", made, ladder(), HD, (GPU, H200), CHUNKS) == made
    assert decide("cpu-only") == ON_THE_CPU
    assert decide(devices=(GPU,)) == ON_THE_CPU
    audio = replace(ladder(), rungs=())
    assert with_decoding("prefer", ON_THE_CPU, audio, HD, (H200,), CHUNKS) == ON_THE_CPU


def test_require_is_refused_with_the_reason_why_the_device_encodes_nothing() -> None:
    assert place("prefer", ladder(), HD, [H200]) == ON_THE_CPU
    with pytest.raises(InvalidSpec) as refused:
        place("require", ladder(), HD, [H200])
    assert refused.value.message == (
        "device: require: nvenc:0 (NVIDIA H200) decodes and encodes nothing: it cannot do this (No"
        " capable devices found): start a worker whose device encodes, or ask for prefer"
    )


def test_a_step_that_a_device_only_decodes_for_is_the_processors_and_takes_its_cores() -> None:
    without, decoded = (step_size("encode", to_json(params(each))) for each in (None, SHARE))
    pixels = 1920 * 1080  # of the source; in millions times 0.006 s, and of the rungs times 0.034
    frame_s = (pixels * 0.006 + (1280 * 720 + 640 * 360 / 2) * 0.034) / 1e6
    assert decoded == replace(
        without,
        memory_bytes=without.memory_bytes + DEVICE_BYTES,
        device_kind="nvenc",
        sessions=1,
        pixels_per_s=round(pixels * without.cores / frame_s),
    )
    assert decoded.resource == Resource.CPU


def test_who_decodes_changes_no_fingerprint() -> None:
    assert encode.parts(params(SHARE)) == encode.parts(params(None))


def test_without_a_free_decode_a_step_runs_the_very_commands_of_the_processor() -> None:
    facts = Facts(frozenset({LOW.name, TOP.name}), Limits())
    assert encode.commands(facts, params(SHARE)) == encode.commands(facts, params(None))
    held = replace(facts, node=HeldDevice("m/GPU-9", "nvenc:1", "nvenc", "NVIDIA H200"))
    [there] = encode.commands(held, params(SHARE))
    assert option(there.args, "-init_hw_device") == "cuda=device:1"
    assert [option(there.args, "-c:v", number) for number in (0, 1)] == ["libx264"] * 2


def test_only_an_encode_without_rungs_of_a_device_is_only_decoded() -> None:
    whole = DeviceShare("nvenc", (TOP.name,), "nv12")
    assert [only_decoded(to_json(params(each))) for each in (SHARE, whole, None)] == [
        *(True, False, False),
    ]


def test_a_decode_is_tried_with_its_pictures_fetched_and_nothing_kept() -> None:
    there = decode_clip(OnDevice("nvenc", "1", frozenset(), "nv12"), "yuv420p", 25, FPS, Limits())
    here = decode_clip(None, "yuv420p", 25, FPS, Limits())
    opened = there.args[there.args.index(PROGRESS_ARGS[-1]) + 1 : there.args.index("-i")]
    assert opened == (
        *("-init_hw_device", "cuda=device:1", "-filter_hw_device", "device", "-hwaccel", "cuda"),
        *("-hwaccel_device", "device", "-hwaccel_output_format", "cuda", "-extra_hw_frames", "8"),
    )
    assert [option(each.args, "-filter_complex") for each in (there, here)] == [
        "[0:v:0]hwdownload,format=nv12,format=yuv420p[pictures]",
        "[0:v:0]format=yuv420p[pictures]",
    ]
    assert here.args[-5:] == ("-frames:v", "25", "-f", "null", "-")


def test_a_look_at_one_place_needs_no_other_picture_of_the_source() -> None:
    chunk = CHUNKS[0]
    last = spots(TIMELINE, chunk, TOP)[-1]
    keys = -(-chunk.frames // TOP.gop_frames)
    packets = "\n".join(["line"] * chunk.frames)
    grey, white = bytes([128]) * 32 * 18, bytes([255]) * 32 * 18
    seen = garbage(TIMELINE, chunk, TOP, packets, grey * keys, {last.frame: grey}, (last,))
    assert seen is None
    wrong = garbage(TIMELINE, chunk, TOP, packets, grey * keys, {last.frame: white}, (last,))
    assert wrong == (
        f"frame {last.frame} of {TOP.name} is another picture than the source's: they differ by"
        " 127 of 255 on average"
    )
