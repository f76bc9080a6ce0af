"""Where the rungs of a title are made: on devices that are as good, and why not elsewhere."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.devices import Capability, DeviceReport
from farm.errors import InvalidSpec
from farm.ladder import Chunk, Ladder, Rung
from farm.mediainfo import VideoStream
from farm.plan import Resource
from farm.serial import to_json
from farm.trials import Prediction, Trials
from media.graphs.rate_quality import NVENC_MODEL, RateQuality
from planning.params import DeviceShare, EncodeParams
from planning.placement import (
    ON_THE_CPU,
    decoding_on_cpu,
    explained_ladder,
    place,
    without_device,
)
from planning.sizes import step_size
from tests.unit.test_graph_encode import LOW, PLAIN, TIMELINE, TOP
from tests.unit.titles import media

H264 = Capability("h264", 8, "h264_nvenc", works=True, pixels_per_s=5e8)
HEVC = Capability("hevc", 8, "hevc_nvenc", works=True, pixels_per_s=3e8)
GPU = DeviceReport("m/GPU-1", "nvenc:0", "nvenc", "550", 8, (H264,), ("h264", "hevc"))
BROKEN = replace(GPU, key="m/GPU-2", name="nvenc:1", capabilities=(replace(H264, works=False),))
INTEL = DeviceReport(
    *("m/va", "vaapi:renderD128", "vaapi", "i915", 4),
    capabilities=(replace(H264, encoder="h264_vaapi"), replace(HEVC, encoder="hevc_vaapi")),
)
PICTURE = media().picture
assert PICTURE is not None
STREAM: VideoStream = replace(PICTURE, codec="h264", pix_fmt="yuv420p", rotation=0)


def ladder(*rungs: Rung) -> Ladder:
    return Ladder("test", rungs or (LOW, TOP), (), Fraction(4))


def test_all_rungs_go_to_a_device_that_makes_them_and_decodes_the_source() -> None:
    placed = place("prefer", ladder(), STREAM, [GPU])
    assert placed.share == DeviceShare("nvenc", (LOW.name, TOP.name), decoded="nv12")
    explained = explained_ladder(ladder(), placed)
    assert [rung.reason for rung in explained.rungs] == ["fits; made on nvenc"] * 2


@pytest.mark.parametrize(
    ("changed", "decoded"),
    [
        ({}, "nv12"),
        ({"pix_fmt": "yuv420p10le", "bit_depth": 10, "codec": "hevc"}, "p010le"),
        ({"pix_fmt": "yuv420p10le", "bit_depth": 10}, None),
        ({"pix_fmt": "yuv422p"}, None),
        ({"codec": "prores"}, None),
        ({"rotation": 90}, None),
        ({"crooked": True}, None),
    ],
)
def test_what_a_device_does_not_decode_the_processor_does(
    changed: dict[str, object], decoded: str | None
) -> None:
    placed = place("prefer", ladder(), replace(STREAM, **changed), [GPU])  # type: ignore[arg-type]
    assert placed.share is not None
    assert placed.share.decoded == decoded


def test_cpu_only_and_a_farm_without_devices_make_everything_on_the_processor() -> None:
    assert place("cpu-only", ladder(), STREAM, [GPU]) == ON_THE_CPU
    assert place("prefer", ladder(), STREAM, []) == ON_THE_CPU


def test_a_rung_is_made_where_its_quality_fits_under_its_cap() -> None:
    noisy = place("prefer", ladder(), STREAM, [GPU], motion=130.0)
    assert noisy.share is None
    assert noisy.reasons[TOP.name] == (
        "made on the CPU: nvenc would take 1.3 Mbit/s for the same quality, more than the rung's"
        " cap of 0.9"
    )
    assert place("require", ladder(), STREAM, [GPU], motion=130.0).share is not None


def test_what_trials_predict_counts_more_than_a_share_of_the_cap() -> None:
    predictions = (Prediction(LOW.name, 700_000, 80, 80), Prediction(TOP.name, 600_000, 90, 90))
    tried = Trials("vmaf_v1", (0.0,), 2.0, (), predictions)
    placed = place("prefer", replace(ladder(), trials=tried), STREAM, [GPU], motion=130.0)
    assert placed.share == DeviceShare("nvenc", (TOP.name,), decoded="nv12")


def test_larger_rungs_come_first_where_sessions_are_few() -> None:
    placed = place("prefer", ladder(), STREAM, [replace(GPU, sessions=1)])
    assert placed.share == DeviceShare("nvenc", (TOP.name,), decoded="nv12")
    assert placed.reasons[LOW.name] == (
        "made on the CPU: of nvenc sessions there are 1, and larger rungs have them"
    )


def test_what_no_device_encodes_stays_on_the_processor() -> None:
    hevc = replace(TOP, name="hevc-720p", codec="hevc")
    placed = place("prefer", ladder(LOW, hevc), STREAM, [GPU])
    assert placed.share == DeviceShare("nvenc", (LOW.name,), decoded="nv12")
    assert placed.reasons["hevc-720p"] == (
        "made on the CPU: not every nvenc device of the farm encodes hevc in 8 bits"
    )


def test_the_kind_of_device_that_makes_more_of_a_title_makes_it() -> None:
    hevc = replace(TOP, name="hevc-720p", codec="hevc")
    placed = place("prefer", ladder(LOW, hevc), STREAM, [GPU, INTEL])
    assert placed.share == DeviceShare("vaapi", (LOW.name, "hevc-720p"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"dynamic_range": "hdr10"}, "what the source says of its brightness"),
        ({"film_grain": 8}, "film grain is taken out and drawn again"),
    ],
)
def test_what_only_the_processors_encoders_write_is_made_there(
    changed: dict[str, object], reason: str
) -> None:
    rung = replace(TOP, **changed)  # type: ignore[arg-type]
    placed = place("prefer", ladder(rung), STREAM, [GPU])
    assert placed.share is None
    assert reason in placed.reasons[rung.name]


def test_require_is_refused_by_name_where_no_device_does_it() -> None:
    with pytest.raises(InvalidSpec, match="no worker of this farm has a device that works now"):
        place("require", ladder(), STREAM, [])
    hevc = replace(TOP, name="hevc-720p", codec="hevc")
    with pytest.raises(InvalidSpec, match="hevc-720p is made on the CPU: not every nvenc device"):
        place("require", ladder(LOW, hevc), STREAM, [GPU])


def test_devices_that_know_constant_quantizers_alone_are_told_so() -> None:
    low_power = replace(INTEL, capabilities=(replace(H264, constant_qp=True),))
    placed = place("prefer", ladder(), STREAM, [low_power])
    assert placed.share == DeviceShare("vaapi", (LOW.name, TOP.name), constant_qp=True)


def encode(share: DeviceShare | None) -> EncodeParams:
    return EncodeParams(PLAIN, TIMELINE, Chunk(0, 0, 1440, 0), (LOW, TOP), False, share)


def test_an_encode_on_a_device_takes_its_sessions_and_little_else() -> None:
    whole = step_size("encode", to_json(encode(DeviceShare("nvenc", (LOW.name, TOP.name), "nv12"))))
    assert (whole.resource, whole.device_kind, whole.sessions) == (Resource.GPU, "nvenc", 2)
    assert (whole.cores, whole.pixels_per_s) == (0.5, 640 * 360 * 30 + 1280 * 720 * 60)
    decoding = step_size("encode", to_json(encode(DeviceShare("nvenc", (LOW.name, TOP.name)))))
    assert decoding.cores == 1.0
    part = step_size("encode", to_json(encode(DeviceShare("nvenc", (TOP.name,), "nv12"))))
    assert (part.sessions, part.cores > decoding.cores) == (1, True)


def test_the_same_encode_can_be_had_with_less_of_the_device() -> None:
    shared = to_json(encode(DeviceShare("nvenc", (TOP.name,), "nv12")))
    assert without_device(shared) == to_json(encode(None))
    assert decoding_on_cpu(shared) == to_json(encode(DeviceShare("nvenc", (TOP.name,))))
    assert decoding_on_cpu(to_json(encode(None))) is None


def test_a_model_says_which_setting_looks_as_good_within_what_the_encoder_takes() -> None:
    model = NVENC_MODEL["h264"]
    assert [model.quality(crf) for crf in (0, 1, 23.25, 51)] == [1.0, 1.0, 20.25, 48.0]
    assert (model.reaches(500_000, 700_000), model.reaches(500_001, 700_000)) == (True, False)
    assert RateQuality(-12.0, 1.0, 255.0, 1.4, 4.0, scale=4.0).quality(63) == 240.0
