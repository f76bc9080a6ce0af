"""The script that an engineer would write for one title: one FFmpeg graph, then the packager.

It knows the ladder already and checks nothing: no analysis, no QC, no lint, no record.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ladders.load import load_policy
from media.graphs.picture import DOWNSCALER

Rungs = Sequence[dict[str, Any]]


def script(record: dict[str, Any], clip: Path, ladder: str, ffmpeg: Path, packager: Path) -> str:
    """Return a bash script that makes the rungs of a job record in its working directory."""
    policy = load_policy(ladder)
    rungs = record["ladder"]["rungs"]
    encode = [
        *(str(ffmpeg), "-v", "error", "-nostdin", "-y", "-i", str(clip)),
        *("-filter_complex", _graph(rungs)),
        *(
            word
            for index, rung in enumerate(rungs)
            for word in ("-map", f"[v{index}]", *coded(rung), f"{rung['name']}.mp4")
        ),
        *("-map", "0:a:0", "-c:a", "aac", "-ac", "2", "-b:a", str(policy.audio.stereo_bps)),
        "audio.mp4",
    ]
    gop_s = rungs[0]["target"]["gop_frames"] / Fraction(rungs[0]["fps"])
    segment_s = float(gop_s * policy.segment_gops)
    package = packaged(rungs, segment_s, packager, stream("audio.mp4", "audio", "audio"))
    return f"set -euo pipefail\n\n{shlex.join(encode)}\n{shlex.join(package)}\n"


def _graph(rungs: Rungs) -> str:
    branches = "".join(f"[s{index}]" for index in range(len(rungs)))
    scaled = (f"[s{index}]{_filters(rung, rungs)}[v{index}]" for index, rung in enumerate(rungs))
    return ";".join([f"[0:v:0]split={len(rungs)}{branches}", *scaled])


def _filters(rung: dict[str, Any], rungs: Rungs) -> str:
    step = max(Fraction(other["fps"]) for other in rungs) / Fraction(rung["fps"])
    thinned = "" if step == 1 else f"framestep={step},"
    return f"{thinned}scale={rung['width']}:{rung['height']}:flags={DOWNSCALER},setsar=1"


def coded(rung: dict[str, Any]) -> list[str]:
    """Return x264's options of a rung, as ReelFarm sets them."""
    target = rung["target"]
    gop = str(target["gop_frames"])
    return [
        *("-c:v", "libx264", "-preset", target["preset"]),
        *("-profile:v", "high", "-pix_fmt", "yuv420p", "-crf", str(target["crf"])),
        *("-maxrate", str(target["max_bps"]), "-bufsize", str(target["buffer_bits"])),
        *("-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-x264-params", "open-gop=0"),
    ]


def packaged(rungs: Rungs, segment_s: float, packager: Path, *others: str) -> list[str]:
    """Return the packager's argv for the rungs and `others`, which are streams as it takes them."""
    return [
        str(packager),
        *(stream(f"{rung['name']}.mp4", "video", rung["name"]) for rung in rungs),
        *others,
        *("--segment_duration", f"{segment_s}", "--generate_static_live_mpd", "--quiet"),
        *("--hls_master_playlist_output", "out/master.m3u8", "--mpd_output", "out/manifest.mpd"),
    ]


def stream(file: str, selector: str, name: str) -> str:
    """Return one stream as the packager takes it."""
    return (
        f"in={file},stream={selector},init_segment=out/{name}/init.mp4,"
        f"segment_template=out/{name}/$Number%05d$.m4s,playlist_name={name}/playlist.m3u8"
    )
