"""Codecs and devices as rows: whatever a row says reaches the argv."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.ladder import CODEC_NAMES, Chunk
from media.graphs.codecs import AV1, CODECS, H264, HEVC, Codec, PictureForm
from media.graphs.devices import CPU, DEVICES, Device, encoder_options
from media.graphs.encode import encode_chunk
from media.graphs.encoders import TAIL_ZONE, Encoder
from tests.unit.test_graph_encode import PLAIN, TIMELINE, TOP, option

TAGGED = Codec("h264", {8: PictureForm("nv12", "main")}, tag="avc3")
OTHER = Device(
    name="other",
    encoders={
        "h264": Encoder(
            name="h264_other",
            options={"cq": "{rung.crf:g}", "maxrate": "{rung.max_bps}", "g": "{rung.gop_frames}"},
            parameters_option="other-params",
            parameters="strict=1",
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
        "x264-params": "stitchable=1:open-gop=0:zones=" + TAIL_ZONE.format(first=720, last=779),
    }


def test_another_row_is_another_argv_without_a_line_of_code() -> None:
    chunk = Chunk(0, 0, 720, 60)
    args = encode_chunk(PLAIN, TIMELINE, chunk, [TOP], OTHER, codecs={"h264": TAGGED}).args
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
    assert tuple(CODECS) == CODEC_NAMES
    assert all(name == codec.name for name, codec in CODECS.items())
    assert [device.name for device in DEVICES] == ["cpu"]
    assert tuple(DEVICES[0].encoders) == CODEC_NAMES


def test_hevc_on_the_cpu_is_what_x265_is_told() -> None:
    deep = replace(TOP, codec="hevc", bit_depth=10)
    assert encoder_options(HEVC, CPU, deep, range(720, 780), threads=3) == {
        "c:v": "libx265",
        "profile:v": "main10",
        "pix_fmt": "yuv420p10le",
        "tag:v": "hvc1",
        "preset": "medium",
        "crf": "23",
        "maxrate": "900000",
        "bufsize": "1350000",
        "g": "120",
        "keyint_min": "120",
        "a53cc": "0",
        "x265-params": "open-gop=0:scenecut=0:info=0:repeat-headers=0:wpp=1:log-level=error"
        ":pools=3",
    }
    shallow = encoder_options(HEVC, CPU, replace(TOP, codec="hevc"), range(0))
    assert (shallow["profile:v"], shallow["pix_fmt"]) == ("main", "yuv420p")


def test_av1_on_the_cpu_is_what_svt_av1_is_told() -> None:
    rung = replace(TOP, codec="av1", bit_depth=10, preset="7", crf=30.25, film_grain=8)
    assert encoder_options(AV1, CPU, rung, range(720, 780), threads=3) == {
        "c:v": "libsvtav1",
        "pix_fmt": "yuv420p10le",
        "preset": "7",
        "maxrate": "900000",
        "bufsize": "1350000",
        "g": "120",
        "svtav1-params": "crf=30.25:max-qp=58:scd=0:irefresh-type=2"
        ":film-grain=8:film-grain-denoise=0",
    }
    coarse = encoder_options(AV1, CPU, replace(rung, crf=60.25), range(0))
    assert "crf=60.25:max-qp=61:" in str(coarse["svtav1-params"])


def test_h264_is_made_in_8_bits_alone() -> None:
    with pytest.raises(KeyError, match="10"):
        encoder_options(H264, CPU, replace(TOP, bit_depth=10), range(0))
