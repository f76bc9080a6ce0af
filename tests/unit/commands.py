"""Commands as FFmpeg gets them, recorded: `python -m tests.unit.commands` records them anew.

Read the difference before you commit it: each word of it reaches a program.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.command import Command, Limits
from farm.ladder import Timeline, Treatment
from farm.mediainfo import Colour, SourceChannel
from farm.serial import to_json
from media.graphs.analyze import analyze_source
from media.graphs.audio import AudioTarget, encode_audio, measure_audio, probe_output
from media.graphs.colour import BT709
from media.graphs.thumbnails import make_poster, make_sheets, plan_sheets
from media.probe.ffprobe import probe_command
from tests.unit.test_probe import recorded

RECORDED = Path(__file__).parent / "commands.json"
LIMITS = Limits(wall_s=60, stall_s=10, memory_bytes=1 << 30)
FILM = Treatment(1, Fraction(24), True, False, 1920, 1080, None, None, BT709)
PORTRAIT = replace(FILM, display_width=1079, display_height=1921, start_s=Fraction(7, 5))
HDR = replace(
    FILM, fps=Fraction(60000, 1001), tone_map=True, colour=Colour("bt2020", "smpte2084", None, "tv")
)
RGB = replace(FILM, colour=Colour("bt709", "iec61966-2-1", "gbr", "pc"))
LONG = Timeline(Fraction(24), 24 * 7201)
STEREO = AudioTarget(1, 2, 160_000, "pt-BR", None, Fraction(1001, 40))
PAIR = replace(STEREO, picked=(SourceChannel(1, 0), SourceChannel(2, 0)))
SURROUND = AudioTarget(2, 6, 384_000, "de", Fraction(7, 5), Fraction(100))
# Of a variable rate, of fields and of a rate that starts late: each takes its own way.
PROBES = ("film", "late-picture-ts", "phone-portrait", "song-with-cover", "three-languages")


def commands() -> dict[str, Command]:
    """Return commands of every graph that takes no rung."""
    sheets = plan_sheets(FILM, LONG)
    made = {f"analyze {name}": analyze_source(recorded(name), LIMITS) for name in PROBES}
    minutes = replace(recorded("film"), duration_s=Fraction(7201))
    made |= {
        "analyze two hours": analyze_source(minutes, LIMITS),
        "sheets of key frames": make_sheets(FILM, LONG, sheets, "key frames", LIMITS),
        "sheets of all": make_sheets(PORTRAIT, LONG, plan_sheets(PORTRAIT, LONG), "all", LIMITS),
        "the first poster": make_poster(FILM, 0, LIMITS),
        "a poster": make_poster(replace(FILM, preroll_s=3), 240, LIMITS),
        "a poster on another clock": make_poster(PORTRAIT, 1001, LIMITS),
        "a poster in HDR": make_poster(HDR, 1001, LIMITS),
        "a poster in RGB": make_poster(RGB, 3, LIMITS),
        "stereo": encode_audio(STEREO, 0.0, LIMITS),
        "surround, quieter": encode_audio(SURROUND, -1.5, LIMITS),
        "a pair of mono tracks": encode_audio(PAIR, 0.0, LIMITS),
        "stereo of 5.1": encode_audio(replace(SURROUND, channels=2, mixed=True), 0.0, LIMITS),
        "stereo, measured": measure_audio(STEREO, LIMITS),
        "surround, measured": measure_audio(SURROUND, LIMITS),
        "what became of it": probe_output(),
        "probe": probe_command(),
    }
    return made


def as_recorded(command: Command) -> Any:
    """Return a command as JSON has it, its graph a filter a line."""
    fields = to_json(asdict(command))
    fields["args"] = [arg.split(";") if "]" in arg else arg for arg in command.args]
    return fields


if __name__ == "__main__":
    written = {name: as_recorded(command) for name, command in commands().items()}
    RECORDED.write_text(json.dumps(written, indent=1) + "\n", "utf-8")
