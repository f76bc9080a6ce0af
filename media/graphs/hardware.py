"""The devices that encode beside the processor, a row each, and the encoders they have.

A row is filled in with the rung ("{rung.max_bps}"), the quality that its model asks for
("{quality:g}") and the address of the device ("{address}"). What is the same for all of them is the
graph, media/graphs/encode_device.py. A new kind of device is a row in `HARDWARE`, its name in
farm/devices.py, and a way to find its nodes in workers/engine/device_nodes.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from farm.devices import DeviceKind
from farm.ladder import CodecName, Rung
from media.graphs.rate_quality import NVENC_MODEL, VAAPI_MODEL, RateQuality


@dataclass(frozen=True, slots=True)
class HardwareEncoder:
    """One of FFmpeg's encoders on a device; `profiles` by bit depth, None where depth decides."""

    name: str  # of -c:v
    profiles: Mapping[int, str | None]
    options: Mapping[str, str]
    model: RateQuality
    # Where the device knows constant quantizers alone, as low-power modes of VAAPI do; None: never.
    constant_qp: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Hardware:
    """A kind of device: how FFmpeg opens it, decodes on it, scales on it."""

    kind: DeviceKind
    opened: tuple[str, ...]  # of every graph that has pictures on the device
    decoding: tuple[str, ...]  # where pictures are decoded on it and stay there
    upload: tuple[str, ...]  # filters after which pictures of the processor's are on it
    scaler: str
    scaler_options: Mapping[str, str]
    deinterlacer: str | None  # one that does what `bwdif` does, option by option
    encoders: Mapping[CodecName, HardwareEncoder]
    output_flags: str = ""  # of -flags:v, beside those of every output


SURFACES = MappingProxyType({8: "nv12", 10: "p010le"})  # 4:2:0 as devices hold it

# NVENC programming guide, "Recommended NVENC settings", latency-tolerant transcoding: p5 and above,
# VBR with a target quality, lookahead, both kinds of adaptive quantization, B-frames as references.
_NVENC = {
    "preset": "p5",
    "tune": "hq",
    "rc": "vbr",
    "cq": "{quality:g}",
    "b:v": "0",  # or -cq would be one more limit beside an average
    "maxrate": "{rung.max_bps}",
    "bufsize": "{rung.buffer_bits}",
    "multipass": "fullres",
    "rc-lookahead": "32",
    "spatial-aq": "1",
    "temporal-aq": "1",
    "bf": "3",
    "b_ref_mode": "middle",
    "g": "{rung.gop_frames}",  # -keyint_min would be ignored
    "forced-idr": "1",  # a segment begins with a picture that everything can be decoded from
    "no-scenecut": "1",  # a key frame at a scene cut would misalign the rungs
    "a53cc": "{captions:d}",
}
_STRICT = {"strict_gop": "1"}  # AV1's encoder has no such option

NVENC = Hardware(
    kind="nvenc",
    opened=("-init_hw_device", "cuda=device:{address}", "-filter_hw_device", "device"),
    # More surfaces than the decoder asks for: the lookahead of every rung holds on to some.
    decoding=(
        *("-hwaccel", "cuda", "-hwaccel_device", "device", "-hwaccel_output_format", "cuda"),
        *("-extra_hw_frames", "8"),
    ),
    upload=("hwupload",),
    scaler="scale_cuda",
    scaler_options=MappingProxyType({"interp_algo": "lanczos"}),
    deinterlacer="bwdif_cuda",
    encoders=MappingProxyType(
        {
            "h264": HardwareEncoder(
                "h264_nvenc",
                MappingProxyType({8: "high"}),
                MappingProxyType({**_NVENC, **_STRICT}),
                NVENC_MODEL["h264"],
            ),
            "hevc": HardwareEncoder(
                "hevc_nvenc",
                MappingProxyType({8: "main", 10: "main10"}),
                MappingProxyType({**_NVENC, **_STRICT}),
                NVENC_MODEL["hevc"],
            ),
            "av1": HardwareEncoder(
                "av1_nvenc",
                MappingProxyType({8: None, 10: None}),
                MappingProxyType(_NVENC),
                NVENC_MODEL["av1"],
            ),
        }
    ),
)

# FFmpeg documentation, "VAAPI encoders": quality-defined variable bit rate is capped CRF; -b:v has
# to be there, and is the cap. Without -idr_interval every key frame is an IDR picture.
_VAAPI = {
    "rc_mode": "QVBR",
    "global_quality": "{quality:.0f}",
    "b:v": "{rung.max_bps}",
    "maxrate": "{rung.max_bps}",
    "bufsize": "{rung.buffer_bits}",
    "bf": "2",
    "g": "{rung.gop_frames}",
    "idr_interval": "0",
}
_CONSTANT = MappingProxyType(
    {
        "rc_mode": "CQP",
        "global_quality": "{quality:.0f}",
        "low_power": "1",
        "bf": "0",  # low-power modes have none
        "g": "{rung.gop_frames}",
        "idr_interval": "0",
    }
)
# Without "identifier": FFmpeg's version in each chunk would make parameter sets of no two alike.
_SEI_H264 = {"sei": "timing+recovery_point"}
_SEI_HEVC = {"sei": "hdr"}

VAAPI = Hardware(
    kind="vaapi",
    opened=("-init_hw_device", "vaapi=device:/dev/dri/{address}", "-filter_hw_device", "device"),
    decoding=(
        *("-hwaccel", "vaapi", "-hwaccel_device", "device", "-hwaccel_output_format", "vaapi"),
        *("-extra_hw_frames", "8"),
    ),
    upload=("hwupload",),
    scaler="scale_vaapi",
    scaler_options=MappingProxyType({"mode": "hq"}),
    deinterlacer=None,  # deinterlace_vaapi does what its driver likes
    encoders=MappingProxyType(
        {
            "h264": HardwareEncoder(
                "h264_vaapi",
                MappingProxyType({8: "high"}),
                MappingProxyType({**_VAAPI, **_SEI_H264}),
                VAAPI_MODEL["h264"],
                MappingProxyType({**_CONSTANT, **_SEI_H264}),
            ),
            "hevc": HardwareEncoder(
                "hevc_vaapi",
                MappingProxyType({8: "main", 10: "main10"}),
                MappingProxyType({**_VAAPI, **_SEI_HEVC}),
                VAAPI_MODEL["hevc"],
                MappingProxyType({**_CONSTANT, **_SEI_HEVC}),
            ),
            "av1": HardwareEncoder(
                "av1_vaapi",
                MappingProxyType({8: "main", 10: "main"}),
                MappingProxyType(_VAAPI),
                VAAPI_MODEL["av1"],
                _CONSTANT,
            ),
        }
    ),
    output_flags="+cgop",
)

HARDWARE: Mapping[DeviceKind, Hardware] = MappingProxyType(
    {each.kind: each for each in (NVENC, VAAPI)}
)


def hardware_options(
    encoder: HardwareEncoder,
    rung: Rung,
    *,
    captions: bool = False,
    constant_qp: bool = False,
) -> dict[str, object]:
    """Return the output options that encode a rung at the quality its CRF stands for.

    Raises KeyError for a depth the encoder does not make.
    """
    options = encoder.constant_qp if constant_qp and encoder.constant_qp else encoder.options
    profile = encoder.profiles[rung.bit_depth]
    quality = encoder.model.quality(rung.crf)
    filled = {
        name: text.format(rung=rung, quality=quality, captions=captions)
        for name, text in options.items()
    }
    return {"c:v": encoder.name, **({"profile:v": profile} if profile else {}), **filled}
