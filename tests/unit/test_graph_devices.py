"""What the encode graphs with a device in them compile to, one for each way through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.command import FFMPEG_PREAMBLE, PROGRESS_ARGS, SOURCE_GUARD
from farm.ladder import Chunk, Rung
from media.graphs.encode_device import encode_chunk_on
from media.graphs.hardware import NVENC, VAAPI, hardware_options
from media.graphs.on_device import OnDevice, filters_on_device
from tests.unit.test_graph_encode import LOW, PLAIN, PQ, TAGS, TIMELINE, TOP, option

WHOLE, LATER = Chunk(0, 0, 1440, 0), Chunk(1, 720, 720, 60)
BOTH = frozenset({LOW.name, TOP.name})
ON_NVENC = OnDevice("nvenc", "0", BOTH, "nv12")
ON_VAAPI = OnDevice("vaapi", "renderD129", BOTH, "nv12")
SAID = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
HEAD = f"{SAID},fps=fps=60/1:start_time=0,scale=1280:720:flags=lanczos:out_range=tv,setsar=1"


def graph(args: tuple[str, ...]) -> str:
    """Return the graph of a command, without the labels between filters that follow each other."""
    filters = option(args, "-filter_complex").split(";")
    return ";".join(filters)


def chains(args: tuple[str, ...]) -> list[str]:
    """Return the chains of a graph, from each split or source to the next split or output."""
    made: list[list[str]] = []
    ends: dict[str, list[str]] = {}
    for part in option(args, "-filter_complex").split(";"):
        start, rest = part[1:].split("]", 1)
        name = rest.split("[", 1)[0]
        outs = [out.rstrip("]") for out in rest.split("[")[1:]]
        chain = ends.pop(start, None)
        if chain is None:
            chain = [start]
            made.append(chain)
        chain.append(name)
        if not name.startswith("split"):
            ends[outs[0]] = chain
    return [f"{start} {','.join(filters)}" for start, *filters in made]


def test_on_nvenc_pictures_never_leave_the_device() -> None:
    args = encode_chunk_on(ON_NVENC, PLAIN, TIMELINE, WHOLE, [LOW, TOP]).args
    before = len(FFMPEG_PREAMBLE) + len(PROGRESS_ARGS) + len(SOURCE_GUARD)
    opened = (
        *("-reinit_filter:v", "0"),
        *("-init_hw_device", "cuda=device:0", "-filter_hw_device", "device"),
        *("-hwaccel", "cuda", "-hwaccel_device", "device", "-hwaccel_output_format", "cuda"),
        *("-extra_hw_frames", "8", "-i", "file:source"),
    )
    assert args[before : before + len(opened)] == opened
    assert option(args, "-filter_complex") == (
        "[0:1]fps=fps=60/1:start_time=0[s0];"
        "[s0]trim=start_frame=0[s1];"
        "[s1]sidedata=mode=delete[s2];"
        "[s2]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        ":field_mode=prog:range=tv[s3];"
        "[s3]split=2[s4][s5];"
        "[s4]framestep=step=2[s6];"
        "[s6]scale_cuda=640:360:format=nv12:interp_algo=lanczos[s7];"
        "[s7]setsar=1[s8];"
        "[s5]scale_cuda=1280:720:format=nv12:interp_algo=lanczos[s9];"
        "[s9]setsar=1[s10]"
    )


def test_each_output_of_nvenc_is_capped_quality_with_an_idr_every_gop() -> None:
    args = encode_chunk_on(ON_NVENC, PLAIN, TIMELINE, LATER, [LOW, TOP]).args
    start = args.index("-map")
    second = args.index("-map", start + 1)
    assert args[start:second] == (
        *("-map", "[s9]", "-a53cc", "0", "-b:v", "0", "-b_ref_mode", "middle", "-bf", "3"),
        *("-bufsize", "1350000", "-c:v", "h264_nvenc", "-cq", "20"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-forced-idr", "1"),
        *("-fps_mode", "passthrough", "-frames:v", "390", "-g", "60"),
        *("-map_chapters", "-1", "-map_metadata", "-1", "-maxrate", "900000"),
        *("-multipass", "fullres", "-no-scenecut", "1", "-preset", "p5", "-profile:v", "high"),
        *("-rc", "vbr", "-rc-lookahead", "32", "-spatial-aq", "1", "-strict_gop", "1"),
        *("-temporal-aq", "1", "-tune", "hq", "-video_track_timescale", "60000"),
        "file:h264-360p-900k.tail.mp4",
    )


def test_on_vaapi_the_same_graph_has_its_own_words() -> None:
    args = encode_chunk_on(ON_VAAPI, PLAIN, TIMELINE, WHOLE, [TOP]).args
    at = args.index("-init_hw_device")
    assert args[at : args.index("-i")] == (
        *("-init_hw_device", "vaapi=device:/dev/dri/renderD129", "-filter_hw_device", "device"),
        *("-hwaccel", "vaapi", "-hwaccel_device", "device", "-hwaccel_output_format", "vaapi"),
        *("-extra_hw_frames", "8"),
    )
    assert chains(args)[-1].endswith("scale_vaapi=1280:720:format=nv12:mode=hq,setsar=1")
    start = args.index("-map")
    assert args[start + 2 :] == (
        *("-b:v", "900000", "-bf", "2", "-bufsize", "1350000", "-c:v", "h264_vaapi"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact+cgop", "-fps_mode", "passthrough"),
        *("-frames:v", "1440", "-g", "120", "-global_quality", "20", "-idr_interval", "0"),
        *("-map_chapters", "-1", "-map_metadata", "-1", "-maxrate", "900000"),
        *("-profile:v", "high", "-rc_mode", "QVBR", "-sei", "timing+recovery_point"),
        *("-video_track_timescale", "60000", "file:h264-720p-900k.mp4"),
    )


def test_low_power_devices_get_a_constant_quantizer() -> None:
    on = replace(ON_VAAPI, constant_qp=True)
    args = encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [TOP]).args
    names = ("-rc_mode", "-global_quality", "-low_power", "-bf", "-g")
    assert [option(args, name) for name in names] == ["CQP", "20", "1", "0", "120"]
    assert not {"-maxrate", "-bufsize", "-b:v"} & set(args)


def test_rungs_of_the_processor_are_made_of_pictures_that_came_the_way_they_always_come() -> None:
    on = replace(ON_NVENC, rungs=frozenset({TOP.name}))
    args = encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [LOW, TOP], threads=2).args
    below = f"hwdownload,format=nv12,{HEAD},format=yuv420p,{TAGS}"
    low = "framestep=step=2,scale=640:360:flags=lanczos,setsar=1"
    found = chains(args)
    assert [chain.partition(" ")[2] for chain in found if "hwdownload" in chain] == [
        f"{below},split=1"
    ]
    assert [chain.partition(" ")[2] for chain in found if "framestep" in chain] == [low]
    assert [option(args, "-c:v", number) for number in (0, 1)] == ["libx264", "h264_nvenc"]


def test_a_device_may_decode_alone() -> None:
    on = OnDevice("nvenc", "1", frozenset(), "p010le")
    args = encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [TOP]).args
    assert option(args, "-init_hw_device") == "cuda=device:1"
    [chain, top] = chains(args)
    assert chain == f"0:1 hwdownload,format=p010le,{HEAD},format=yuv420p,{TAGS},split=1"
    assert top.endswith("scale=1280:720:flags=lanczos,setsar=1")
    assert option(args, "-c:v") == "libx264"


def test_a_device_may_encode_what_the_processor_decodes() -> None:
    on = OnDevice("nvenc", "0", BOTH)
    args = encode_chunk_on(on, PLAIN, TIMELINE, WHOLE, [TOP], threads=3).args
    assert "-hwaccel" not in args
    before = args.index("-i")
    assert args[before - 2 : before] == ("-threads", "3")
    assert chains(args)[-1].endswith(
        "format=nv12,hwupload,scale_cuda=1280:720:format=nv12:interp_algo=lanczos,setsar=1"
    )


def test_filters_of_the_processor_come_between_decoding_and_encoding_on_the_device() -> None:
    drawn = graph(encode_chunk_on(ON_NVENC, PLAIN, TIMELINE, WHOLE, [TOP], burn_in=True).args)
    assert drawn.index("hwdownload") < drawn.index("subtitles=") < drawn.index("hwupload")
    mapped = replace(PLAIN, tone_map=True, colour=PQ)
    toned = graph(
        encode_chunk_on(replace(ON_NVENC, decoded="p010le"), mapped, TIMELINE, WHOLE, [TOP]).args
    )
    assert toned.index("format=p010le") < toned.index("tonemap=") < toned.index("hwupload")


def test_fields_become_pictures_on_the_device_that_can() -> None:
    fields = replace(PLAIN, deinterlace=True, every_field=True, parity="tff")
    on_cuda = graph(encode_chunk_on(ON_NVENC, fields, TIMELINE, WHOLE, [TOP]).args)
    assert "bwdif_cuda=deint=all:mode=send_field:parity=tff" in on_cuda
    assert "hwdownload" not in on_cuda
    on_vaapi = graph(encode_chunk_on(ON_VAAPI, fields, TIMELINE, WHOLE, [TOP]).args)
    assert on_vaapi.index("hwdownload") < on_vaapi.index("bwdif=") < on_vaapi.index("hwupload")


@pytest.mark.parametrize(
    "changed",
    [
        {"deinterlace": True, "film": True},
        {"woven": "top"},
        {"tone_map": True},
        {"alpha": True},
        {"resized": True},
        {"recoloured": True},
        {"picture_frames": 10},
        {"captions": True},
        {"colour": replace(PLAIN.colour, range="pc")},
        {"colour": replace(PLAIN.colour, matrix="bt2020nc", primaries="bt2020")},
    ],
)
def test_what_a_device_has_no_filter_for_is_filtered_by_the_processor(
    changed: dict[str, object],
) -> None:
    assert filters_on_device(PLAIN, NVENC, burn_in=False)
    assert not filters_on_device(replace(PLAIN, **changed), NVENC, burn_in=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codec", "depth", "nvenc", "vaapi"),
    [
        ("h264", 8, ("h264_nvenc", "high", "20"), ("h264_vaapi", "high", "20")),
        ("hevc", 8, ("hevc_nvenc", "main", "20"), ("hevc_vaapi", "main", "20")),
        ("hevc", 10, ("hevc_nvenc", "main10", "20"), ("hevc_vaapi", "main10", "20")),
        ("av1", 8, ("av1_nvenc", None, "19"), ("av1_vaapi", "main", "80")),
        ("av1", 10, ("av1_nvenc", None, "19"), ("av1_vaapi", "main", "80")),
    ],
)
def test_every_codec_and_depth_has_its_row(
    codec: str, depth: int, nvenc: tuple[str, ...], vaapi: tuple[str, ...]
) -> None:
    rung: Rung = replace(TOP, codec=codec, bit_depth=depth)  # type: ignore[arg-type]
    on_nvenc = hardware_options(NVENC.encoders[rung.codec], rung)
    on_vaapi = hardware_options(VAAPI.encoders[rung.codec], rung)
    assert (on_nvenc["c:v"], on_nvenc.get("profile:v"), on_nvenc["cq"]) == nvenc
    assert (on_vaapi["c:v"], on_vaapi.get("profile:v"), on_vaapi["global_quality"]) == vaapi
    device = OnDevice("nvenc", "0", frozenset({rung.name}), "nv12")
    args = encode_chunk_on(device, PLAIN, TIMELINE, WHOLE, [rung]).args
    surface = {8: "nv12", 10: "p010le"}[depth]
    assert f"scale_cuda=1280:720:format={surface}:interp_algo=lanczos" in graph(args)
    assert ("-tag:v" in args) == (codec == "hevc")


def test_nothing_to_do_on_a_device_is_a_defect() -> None:
    with pytest.raises(ValueError, match="nothing of chunk 0 is done on nvenc:0"):
        encode_chunk_on(OnDevice("nvenc", "0", frozenset()), PLAIN, TIMELINE, WHOLE, [TOP])
