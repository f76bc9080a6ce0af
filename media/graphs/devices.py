"""The devices that encode, a row each, and the encoders they have: data, not a class for each.

An encoder's row says how one of FFmpeg's encoders is told a rung's rate and GOP: options whose
values are filled in from the rung ("{rung.crf:g}"), and the parameters it has in a language of
its own. A device's row says how pictures are decoded for it, what scales them, and which encoder
a codec has on it. A new device is a row in `DEVICES`; a new encoder one in its `encoders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from farm.ladder import CodecName, Rung
from media.graphs.codecs import Codec
from media.graphs.picture import DOWNSCALER


@dataclass(frozen=True, slots=True)
class Encoder:
    """One of FFmpeg's encoders; `options` and `parameters` are filled in from the rung."""

    name: str  # of -c:v
    options: Mapping[str, str]
    parameters_option: str  # the one that takes `parameters`, the encoder's own language
    parameters: str
    # Added where the last frames of a chunk are only there to be looked ahead at; "" for encoders
    # that cannot spend less on them.
    tail_parameters: str


@dataclass(frozen=True, slots=True)
class Device:
    """What decodes, scales and encodes; `name` is what records say a rendition was made on."""

    name: str
    encoders: Mapping[CodecName, Encoder]
    scaler: str  # the filter
    scaler_options: Mapping[str, str]
    decoder_options: tuple[str, ...] = field(default=())  # of the source


# x264's lookahead knows nothing of zones: the frames before the tail stay the same, bit by bit, at
# a third of the tail's cost (docs/ladders.md).
TAIL_ZONE = "q=51,subme=0,me=dia,ref=1,trellis=0"

X264 = Encoder(
    name="libx264",
    options=MappingProxyType(
        {
            "preset": "{rung.preset}",
            "crf": "{rung.crf:g}",
            "maxrate": "{rung.max_bps}",
            "bufsize": "{rung.buffer_bits}",
            "g": "{rung.gop_frames}",
            "keyint_min": "{rung.gop_frames}",
            "sc_threshold": "0",  # a key frame at a scene cut would misalign the rungs
            "a53cc": "{captions:d}",  # what manifests say nothing of must not be there
        }
    ),
    parameters_option="x264-params",
    # stitchable: headers do not depend on the chunk, so that one serves the whole rendition.
    # open-gop=0: a segment, and a chunk, must decode without the one before it.
    parameters="stitchable=1:open-gop=0",
    tail_parameters=f":zones={{first}},{{last}},{TAIL_ZONE}",
)

CPU = Device(
    name="cpu",
    encoders=MappingProxyType({"h264": X264}),
    scaler="scale",
    scaler_options=MappingProxyType({"flags": DOWNSCALER}),
)

DEVICES = (CPU,)


def encoder_options(
    codec: Codec, device: Device, rung: Rung, tail: range, *, captions: bool = False
) -> dict[str, object]:
    """Return the output options that encode a rung; `tail` are the frames to be cut off again.

    With `captions` those that come with the pictures are written into them.

    Raises KeyError for a device without an encoder for the codec.
    """
    encoder = device.encoders[codec.name]
    spared = encoder.tail_parameters.format(first=tail[0], last=tail[-1]) if tail else ""
    return {
        "c:v": encoder.name,
        **codec.options,
        **{
            name: value.format(rung=rung, captions=captions)
            for name, value in encoder.options.items()
        },
        encoder.parameters_option: encoder.parameters + spared,
    }
