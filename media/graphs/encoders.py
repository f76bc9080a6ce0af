"""FFmpeg's encoders on the CPU, a row each: how one is told a rung's rate, GOP and light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from farm.ladder import Zone
from farm.mediainfo import MasteringDisplay


@dataclass(frozen=True, slots=True)
class Encoder:
    """One of FFmpeg's encoders; `options` and `parameters` are filled in from the rung."""

    name: str  # of -c:v
    options: Mapping[str, str]
    parameters_option: str  # the one that takes `parameters`, the encoder's own language
    parameters: str
    # Of frames that have a CRF of their own, as a share of the bits they had without; "" for
    # encoders that have one CRF for a chunk.
    zone: str = ""
    # Of the last frames of a chunk, only there to be looked ahead at; "" for encoders that cannot
    # spend less on them.
    tail_zone: str = ""
    # Added where the number of threads is given; "" for encoders that FFmpeg tells it itself.
    thread_parameters: str = ""
    # Added to HDR10 that says how it was mastered, and how bright it gets: filled in from
    # what `mastered` returns. FFmpeg hands what frames say to one encoder of a
    # graph only, and says nothing to those that begin in mid-title.
    mastering_parameters: str = ""
    light_parameters: str = ""


def zones_of(encoder: Encoder, zones: Sequence[Zone], tail: range) -> str:
    """Return the parameters that give frames CRFs of their own, and take the tail's bits away."""
    told = [
        encoder.zone.format(
            first=zone.first, last=zone.last, share=2 ** (-zone.more_crf / OCTAVE_CRF)
        )
        for zone in zones
    ]
    if tail and encoder.tail_zone:  # the last zone that holds a frame counts
        told.append(encoder.tail_zone.format(first=tail[0], last=tail[-1]))
    return f":zones={'/'.join(told)}" if told else ""


def mastered(display: MasteringDisplay) -> dict[str, tuple[int, int, float, float]]:
    """Return what `mastering_parameters` take: each pair in units of ST 2086, then as it is."""
    points = {
        "red": display.red,
        "green": display.green,
        "blue": display.blue,
        "white": display.white,
    }
    most, least = display.max_luminance, display.min_luminance
    return {
        **{name: (x, y, x / 50_000, y / 50_000) for name, (x, y) in points.items()},
        "luminance": (most, least, most / 10_000, least / 10_000),
    }


# x264's lookahead knows nothing of zones: the frames before the tail stay the same, bit by bit, at
# a third of the tail's cost (docs/ladders.md).
TAIL_ZONE = "{first},{last},q=51,subme=0,me=dia,ref=1,trellis=0"
# A quantizer step in six takes half as many bits or twice: x264 and x265 turn `b` into steps so.
ZONE = "{first},{last},b={share:.4f}"
OCTAVE_CRF = 6

# The quantizer that SVT-AV1 may go up to under a cap, of 63; a rung's own CRF may be above it.
COARSEST_QP = 58

CAPPED = {
    "maxrate": "{rung.max_bps}",
    "bufsize": "{rung.buffer_bits}",
    "g": "{rung.gop_frames}",
}

X264 = Encoder(
    name="libx264",
    options=MappingProxyType(
        {
            "preset": "{rung.preset}",
            "crf": "{rung.crf:g}",
            **CAPPED,
            "keyint_min": "{rung.gop_frames}",
            "sc_threshold": "0",  # a key frame at a scene cut would misalign the rungs
            "a53cc": "{captions:d}",  # what manifests say nothing of must not be there
        }
    ),
    parameters_option="x264-params",
    # stitchable: headers do not depend on the chunk, so that one serves the whole rendition.
    # open-gop=0: a segment, and a chunk, must decode without the one before it.
    parameters="stitchable=1:open-gop=0",
    zone=ZONE,
    tail_zone=TAIL_ZONE,
)

X265 = Encoder(
    name="libx265",
    options=MappingProxyType(
        {
            "preset": "{rung.preset}",
            "crf": "{rung.crf:g}",
            **CAPPED,
            "keyint_min": "{rung.gop_frames}",
            "a53cc": "{captions:d}",
        }
    ),
    parameters_option="x265-params",
    # open-gop=0 and scenecut=0 as for x264; x265 does not listen to sc_threshold.
    # info=0: no SEI that names the options, which differ with the threads.
    # repeat-headers=0: parameter sets, and the SEI of HDR10, stand in the sample entry alone (rule
    # 1.8 of Apple's authoring specification).
    # wpp=1: written into the headers, and left out where x265 finds a single thread.
    parameters="open-gop=0:scenecut=0:info=0:repeat-headers=0:wpp=1:log-level=error",
    zone=ZONE,
    # FFmpeg's -threads counts frames at once, of which x265 chooses a good number by itself.
    thread_parameters=":pools={threads}",
    mastering_parameters=":hdr10=1:master-display=G({green[0]},{green[1]})B({blue[0]},{blue[1]})"
    "R({red[0]},{red[1]})WP({white[0]},{white[1]})L({luminance[0]},{luminance[1]})",
    light_parameters=":max-cll={light.max_content},{light.max_average}",
)

SVT_AV1 = Encoder(
    name="libsvtav1",
    options=MappingProxyType({"preset": "{rung.preset}", **CAPPED}),
    parameters_option="svtav1-params",
    # crf: FFmpeg's own option of that name takes whole numbers only.
    # scd=0: no key frame at a scene cut; irefresh-type=2: those there are close the GOP.
    # max-qp: where the cap binds, SVT-AV1 would starve the ends of GOPs until nothing is to be
    # seen; so it may rather exceed the cap (docs/ladders.md has the figures).
    # film-grain-denoise=0: what grain is drawn again is not taken out of the pictures before, since
    # fine texture would go with it; a CRF that has no bits for grain smooths it by itself.
    parameters="crf={rung.crf:g}:max-qp={coarsest}:scd=0:irefresh-type=2"
    ":film-grain={rung.film_grain}:film-grain-denoise=0",
    mastering_parameters=":mastering-display=G({green[2]:g},{green[3]:g})B({blue[2]:g},{blue[3]:g})"
    "R({red[2]:g},{red[3]:g})WP({white[2]:g},{white[3]:g})L({luminance[2]:g},{luminance[3]:g})",
    light_parameters=":content-light={light.max_content},{light.max_average}",
)
