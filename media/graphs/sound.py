"""Sound on its way to the title: converted without loss of level, on the clock without holes."""

from __future__ import annotations

from typing import Any

import ffmpeg

from media.graphs.loudness import MAX_TRUE_PEAK_DBTP, SAMPLE_RATE

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
POSITIONS = ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")
# Shorter holes than FFmpeg's 0.1 s add up, where many packets were lost or nothing was sent in
# pauses; what timestamps in whole milliseconds lack by rounding is shorter.
MIN_HOLE_S = 0.005
AS_LOUD_AS_IT_IS = 1000  # the sum of a mix's coefficients from which it would be turned down
OVERSAMPLED = 4 * SAMPLE_RATE  # ITU-R BS.1770-5, annex 2: peaks between samples show at 4 x 48 kHz


def converted(stream: Any, channels: int) -> Any:
    """Return 48 kHz sound in `channels` channels, whatever the stream has at any moment.

    Mixed by ITU-R BS.775: centre and surrounds 3 dB down in left and right, no LFE; where the
    stream has coefficients of its own (AC-3), by these. Never turned down as a whole; what is too
    loud then is for `limited`. Mono is on both sides as it is.
    """
    if channels > 1:  # FFmpeg puts mono on both sides 3 dB down
        stream = stream.filter("volume", "if(eq(nb_channels,1),sqrt(2),1)", precision="float")
    return stream.filter(
        "aresample",
        SAMPLE_RATE,
        out_chlayout=LAYOUTS[channels],
        internal_sample_fmt="fltp",  # mixed in 16 bits it would clip
        out_sample_fmt="flt",
        rematrix_maxval=AS_LOUD_AS_IT_IS,
    )


def steadied(stream: Any, channels: int) -> Any:
    """Return 48 kHz sound in the channels a stream was declared to have, for it to be judged."""
    if channels in LAYOUTS:
        return converted(stream, channels)
    # No layout of ours: only what is not declared at all has so many, and that does not change.
    return stream.filter("aresample", SAMPLE_RATE, out_sample_fmt="flt")


def single(stream: Any, channel: int) -> Any:
    """Return one channel of a stream at 48 kHz, by its number."""
    stream = stream.filter("channelmap", map=channel, channel_layout="mono")
    return stream.filter("aresample", SAMPLE_RATE, out_sample_fmt="flt")


def joined(channels: list[Any]) -> Any:
    """Return one sound of mono streams, in the order of `POSITIONS`."""
    only, *others = channels
    if not others:
        return only
    places = "|".join(f"{n}.0-{POSITIONS[n]}" for n in range(len(channels)))
    layout = LAYOUTS[len(channels)]
    return ffmpeg.filter(channels, "join", inputs=len(channels), channel_layout=layout, map=places)


def filled(stream: Any) -> Any:
    """Return 48 kHz sound from zero on, with silence wherever the stream has none.

    Sound must not run ahead of the pictures: silence where it starts late or has a hole.
    """
    return stream.filter(
        "aresample", SAMPLE_RATE, **{"async": 1}, first_pts=0, min_hard_comp=MIN_HOLE_S
    )


def limited(stream: Any) -> Any:
    """Return sound whose true peaks are at `MAX_TRUE_PEAK_DBTP` at most; below it is as it was."""
    stream = stream.filter("aresample", OVERSAMPLED)
    stream = stream.filter(
        "alimiter",
        limit=round(10 ** (MAX_TRUE_PEAK_DBTP / 20), 6),
        level=0,  # it would raise all else to full scale
        latency=1,  # takes back the 5 ms it looks ahead
    )
    return stream.filter("aresample", SAMPLE_RATE)
