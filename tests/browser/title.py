"""The title that the browser plays: a clip that tells its own time, made and published here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from tests.waiting import HANGS_AFTER_S

DURATION_S = 14  # three segments of 6 s, the last one short
HEIGHTS = [90, 180, 270]
CUES = {
    "en": [(1.0, 4.0, "Hello from one"), (7.0, 10.0, "Hello from seven")],
    "de": [(2.0, 5.0, "Nur erzwungen"), (8.0, 11.0, "Noch einmal")],
}
CHAPTERS = [(0, 8, "Opening"), (8, 14, "Closing")]

LADDER = """\
name: browser
preset: ultrafast
rungs:
  - {width: 160, height: 90, max_bps: 100000, crf: 24}
  - {width: 320, height: 180, max_bps: 400000, crf: 22}
  - {width: 480, height: 270, max_bps: 900000, crf: 20}
audio: {stereo_bps: 64000}
"""


# Two of the sizes in three codecs.
CODECS_LADDER = """\
name: codecs
codecs: [h264, hevc, av1]
preset: ultrafast
hevc_preset: ultrafast
av1_preset: 12
rungs:
  - {width: 160, height: 90, max_bps: 100000, crf: 24}
  - {width: 480, height: 270, max_bps: 900000, crf: 20}
  - {codec: hevc, width: 160, height: 90, max_bps: 80000, crf: 24}
  - {codec: hevc, width: 480, height: 270, max_bps: 700000, crf: 20}
  - {codec: av1, width: 160, height: 90, max_bps: 60000, crf: 32}
  - {codec: av1, width: 480, height: 270, max_bps: 500000, crf: 28}
audio: {stereo_bps: 64000}
"""


def brightness_at(time_s: float) -> int:
    """Return the brightness (0-255) in the middle of the picture in that second of the clip."""
    luma = 30 + 14 * int(time_s)  # as the clip's filter draws it
    return round((luma - 16) * 255 / 219)  # BT.601 and BT.709: 16 is black, 235 is white


@dataclass(frozen=True, slots=True)
class Title:
    """A published title: its origin directory and its job record."""

    origin: Path
    record: dict[str, Any]

    def path(self, kind: str) -> str:
        """Return where the "hls" or "dash" pointer lies below the origin."""
        pointer = {"hls": "master.m3u8", "dash": "manifest.mpd"}[kind]
        return f"default/clip/{pointer}"


def publish(folder: Path, ladder: str = LADDER) -> Title:
    """Make the clip in `folder`, publish it with `reelfarm run`, and return the title."""
    _make_clip(folder / "clip.mp4")
    (folder / "ladder.yaml").write_text(ladder, encoding="utf-8")
    for language, cues in CUES.items():
        _write_vtt(folder / f"{language}.vtt", cues)
    _write_vtt(folder / "chapters.vtt", CHAPTERS)
    options = {
        "--origin": "origin",
        "--chapters": "chapters.vtt",
        "--ladder": "ladder.yaml",
        "--asset": "clip",
        "--state": "state",
    }
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "cli.main", "run", "clip.mp4", "--json"),
            *("--subtitles", "en:English=en.vtt", "--subtitles", "de:forced=de.vtt"),
            *(word for option in options.items() for word in option),
        ],
        cwd=folder,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return Title(folder / "origin", json.loads(finished.stdout))


def _make_clip(target: Path) -> None:
    """Make a moving picture around a patch that tells the time, with English and German sound."""
    sources = (
        "testsrc2=size=480x270:rate=24",
        "color=size=8x8:rate=24,geq=lum='30+14*floor(T)':cb=128:cr=128,scale=120:120",
        "sine=frequency=440:sample_rate=48000",
        "sine=frequency=660:sample_rate=48000",
    )
    inputs = (("-f", "lavfi", "-t", str(DURATION_S), "-i", source) for source in sources)
    arguments = [
        *(word for words in inputs for word in words),
        *(
            "-filter_complex",
            "[0:v][1:v]overlay=180:75[v]",
            "-map",
            "[v]",
            "-map",
            "2",
            "-map",
            "3",
        ),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-ac", "2", "-b:a", "128k"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
    ]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments, str(target)],
        check=True,
        timeout=HANGS_AFTER_S,
    )


def _write_vtt(target: Path, cues: Sequence[tuple[float, float, str]]) -> None:
    blocks = (
        f"00:00:{start_s:06.3f} --> 00:00:{end_s:06.3f}\n{text}\n" for start_s, end_s, text in cues
    )
    target.write_text("WEBVTT\n\n" + "\n".join(blocks), encoding="utf-8")
