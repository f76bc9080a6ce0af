"""The processor as what encodes, a row: data, not a class. GPUs have rows in `hardware`.

A row says how pictures are decoded for it, what scales them, and which encoder a codec has on it:
a row of `encoders`, whose values are filled in from the rung ("{rung.crf:g}").
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from farm.ladder import CodecName, Rung
from farm.mediainfo import ContentLight, MasteringDisplay
from media.graphs.codecs import Codec
from media.graphs.encoders import (
    COARSEST_QP,
    SVT_AV1,
    X264,
    X265,
    Encoder,
    mastered,
    zones_of,
)
from media.graphs.picture import DOWNSCALER


@dataclass(frozen=True, slots=True)
class Device:
    """What decodes, scales and encodes; `name` is what records say a rendition was made on."""

    name: str
    encoders: Mapping[CodecName, Encoder]
    scaler: str  # the filter
    scaler_options: Mapping[str, str]
    decoder_options: tuple[str, ...] = field(default=())  # of the source


CPU = Device(
    name="cpu",
    encoders=MappingProxyType({"h264": X264, "hevc": X265, "av1": SVT_AV1}),
    scaler="scale",
    scaler_options=MappingProxyType({"flags": DOWNSCALER}),
)

DEVICES = (CPU,)


def encoder_options(
    codec: Codec,
    device: Device,
    rung: Rung,
    tail: range,
    *,
    captions: bool = False,
    threads: int | None = None,
    mastering: MasteringDisplay | None = None,
    light: ContentLight | None = None,
) -> dict[str, object]:
    """Return the output options that encode a rung; `tail` are the frames to be cut off again.

    Zones of a rung are for encoders that have them: see `ladders.per_shot.zones`.

    With `captions` those that come with the pictures are written into them. `threads` is for
    encoders that FFmpeg's own option does not reach. `mastering` and `light` are said by HDR10.

    Raises KeyError for a device without an encoder for the codec.
    """
    encoder = device.encoders[codec.name]
    coarsest = max(COARSEST_QP, math.ceil(rung.crf))
    parameters = encoder.parameters.format(rung=rung, coarsest=coarsest)
    parameters += zones_of(encoder, rung.zones, tail)
    if threads:
        parameters += encoder.thread_parameters.format(threads=threads)
    if rung.dynamic_range == "hdr10" and mastering is not None:
        parameters += encoder.mastering_parameters.format(**mastered(mastering))
    if rung.dynamic_range == "hdr10" and light is not None:
        parameters += encoder.light_parameters.format(light=light)
    return {
        "c:v": encoder.name,
        **codec.options(rung.bit_depth),
        **{
            name: value.format(rung=rung, captions=captions)
            for name, value in encoder.options.items()
        },
        encoder.parameters_option: parameters,
    }
