"""Sources that FFmpeg opens and ffprobe, which is of another version, does not: WebP that moves.

What FFmpeg lists of their packets is put into the words of ffprobe, so that all that follows is
the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from farm.command import FFMPEG_PREAMBLE, Command, Tool, source_input
from farm.mediainfo import MediaInfo
from media.probe.second_look import LISTING_LIMITS

FORMAT = "webp_anim"
REFUSED = re.compile(r"\[webp_pipe @ \w+\] (?:\[\w+\] )?Format not on whitelist")
HEAD = re.compile(r"^#(tb|codec_id|dimensions|sar) 0: (\S+)$", re.MULTILINE)


def may_be_unprobed(complaints: Sequence[str]) -> bool:
    """Return whether ffprobe refused what FFmpeg may open, by the lines it printed."""
    return any(REFUSED.search(line) for line in complaints)


def is_unprobed(media: MediaInfo) -> bool:
    """Return whether ffprobe cannot be asked about a source."""
    return media.format == FORMAT


def list_packets() -> Command:
    """Return the command that lists the packets of the first picture stream (framecrc)."""
    listed = ("-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-")
    args = (*FFMPEG_PREAMBLE, *source_input(), *listed)
    return Command(Tool.FFMPEG, args, "list the packets", LISTING_LIMITS)


def as_probed(listing: str) -> str:
    """Return what ffprobe would say, as JSON, of what `list_packets` printed."""
    head = dict(HEAD.findall(listing))
    packets = list(_packets(listing))
    start_s = min((at_s for at_s, _ in packets), default=Fraction(0))
    lasts_s = max((at_s + length_s for at_s, length_s in packets), default=start_s) - start_s
    width, height = (int(side) for side in head.get("dimensions", "0x0").split("x"))
    told = {"start_time": f"{float(start_s):.6f}", "duration": f"{float(lasts_s):.6f}"}
    average = Fraction(len(packets)) / lasts_s if lasts_s else Fraction(0)
    picture = {
        **{"index": 0, "codec_type": "video", "codec_name": head.get("codec_id", "unknown")},
        **{"width": width, "height": height, "nb_frames": str(len(packets)), **told},
        "sample_aspect_ratio": head.get("sar", "0/1").replace("/", ":"),
        "r_frame_rate": "/".join(reversed(head.get("tb", "0/0").split("/"))),
        "avg_frame_rate": f"{average.numerator}/{average.denominator}",
    }
    return json.dumps({"format": {"format_name": FORMAT, **told}, "streams": [picture]})


def times_of(listing: str) -> list[str]:
    """Return when each picture is shown, in seconds, as ffprobe prints it."""
    return [f"{float(at_s):.6f}" for at_s, _ in _packets(listing)]


def _packets(listing: str) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield when each packet is shown, and for how long."""
    tick_s = Fraction(dict(HEAD.findall(listing)).get("tb", "0"))
    for line in listing.splitlines():
        fields = line.split(",")
        # Of a listing that is too long to be kept whole, the last line may be cut.
        if not line.startswith("#") and len(fields) > 4:
            yield int(fields[2]) * tick_s, int(fields[3]) * tick_s
