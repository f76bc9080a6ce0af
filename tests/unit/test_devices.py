"""Codecs and devices as rows: whatever a row says reaches the argv."""

from __future__ import annotations

import pytest

from farm.ladder import Chunk
from media.graphs.codecs import CODECS, H264, Codec
from media.graphs.devices import CPU, DEVICES, TAIL_ZONE, Device, Encoder, encoder_options
from media.graphs.encode import encode_chunk
from tests.unit.test_graph_encode import PLAIN, TIMELINE, TOP, option

TAGGED = Codec("h264", profile="main", pixel_format="nv12", tag="avc3")
OTHER = Device(
    name="other",
    encoders={
        "h264": Encoder(
            name="h264_other",
            options={"cq": "{rung.crf:g}", "maxrate": "{rung.max_bps}", "g": "{rung.gop_frames}"},
            parameters_option="other-params",
            parameters="strict=1",
            tail_parameters="",
        )
    },
    scaler="scale_other",
    scaler_options={"format": "nv12"},
    decoder_options=("-hwaccel", "other"),
)


def test_h264_on_the_cpu_is_what_x264_is_told() -> None:
    assert encoder_options(H264, CPU, TOP, range(720, 780)) == {
        "c:v": "libx264",
        "profile:v": "high",
        "pix_fmt": "yuv420p",
        "preset": "medium",
        "crf": "23",
        "maxrate": "900000",
        "bufsize": "1350000",
        "g": "120",
        "keyint_min": "120",
        "sc_threshold": "0",
        "a53cc": "0",
        "x264-params": f"stitchable=1:open-gop=0:zones=720,779,{TAIL_ZONE}",
    }


def test_another_row_is_another_argv_without_a_line_of_code() -> None:
    args = encode_chunk(PLAIN, TIMELINE, Chunk(0, 0, 720, 60), [TOP], TAGGED, OTHER).args
    before = args.index("-i")
    assert args[before - 2 : before] == ("-hwaccel", "other")
    assert "scale_other=1280:720:format=nv12" in option(args, "-filter_complex")
    names = ("-c:v", "-profile:v", "-pix_fmt", "-tag:v", "-cq", "-maxrate", "-g", "-other-params")
    assert [option(args, name) for name in names] == [
        *("h264_other", "main", "nv12", "avc3", "23", "900000", "120", "strict=1"),
    ]
    assert not {"-crf", "-x264-params", "-preset"} & set(args)


def test_a_codec_that_a_device_has_no_encoder_for_is_a_defect() -> None:
    bare = Device("bare", encoders={}, scaler="scale", scaler_options={})
    with pytest.raises(KeyError, match="h264"):
        encoder_options(H264, bare, TOP, range(0))


def test_every_codec_is_encoded_by_some_device() -> None:
    assert {name: codec.name for name, codec in CODECS.items()} == {"h264": "h264"}
    assert [device.name for device in DEVICES if "h264" in device.encoders] == ["cpu"]
