"""Every option of every graph with a device exists in FFmpeg here, with that value in its range.

No device is needed: what encoders and filters take, FFmpeg says of itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest

from farm.command import Command, Tool
from farm.ladder import Rung
from farm.settings import Settings
from media.graphs.hardware import HARDWARE, Hardware, HardwareEncoder, hardware_options
from tests.unit.test_graph_encode import TOP
from workers.programs.runner import run
from workers.programs.tools import find_tools

# Of FFmpeg's own, for every encoder (ffmpeg -h full, "AVCodecContext AVOptions").
GENERIC: Mapping[str, tuple[float, float] | None] = {
    **{"c:v": None, "b:v": (0, math.inf), "maxrate": (0, math.inf), "bufsize": (0, math.inf)},
    **{"bf": (-1, math.inf), "g": (-math.inf, math.inf), "global_quality": (0, math.inf)},
}
OPTION = re.compile(r"^ {1,3}-?([a-z0-9_-]+) +<(\w+)> .*$", re.IGNORECASE | re.MULTILINE)
RANGE = re.compile(r"\(from (\S+) to (\S+)\)")
NAMED = re.compile(r"^ {5}([A-Za-z0-9_.]+) ", re.MULTILINE)
BOUNDS = {
    **{"INT_MAX": math.inf, "INT_MIN": -math.inf, "FLT_MAX": math.inf, "-FLT_MAX": -math.inf},
}
EVERY = [
    (hardware, encoder, depth, constant)
    for hardware in HARDWARE.values()
    for encoder in hardware.encoders.values()
    for depth in encoder.profiles
    for constant in ((False, True) if encoder.constant_qp else (False,))
]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one option takes: a type, a range of numbers, names of values."""

    kind: str
    low: float = -math.inf
    high: float = math.inf
    names: frozenset[str] = field(default_factory=frozenset)

    def takes(self, value: str) -> bool:
        words = set(value.split("+")) if self.kind == "flags" else {value}
        if words <= self.names:
            return True
        try:
            return self.low <= float(value) <= self.high
        except ValueError:
            return self.kind in ("string", "pix_fmt")


@cache
def help_of(what: str) -> str:
    tools = find_tools(Settings(state_dir=Path("/nonexistent")))
    command = Command(Tool.FFMPEG, ("-hide_banner", "-h", what), f"help on {what}")
    return run(command, tools=tools, cwd=Path("/")).stdout


@cache
def options_of(what: str) -> Mapping[str, Taken]:
    text = help_of(what)
    heads = list(OPTION.finditer(text))
    found = {}
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : after.start() if after else len(text)]
        bounds = RANGE.search(head[0])
        low, high = (_bound(bounds[1]), _bound(bounds[2])) if bounds else (-math.inf, math.inf)
        if head[2] == "boolean":
            low, high = 0, 1
        found[head[1]] = Taken(head[2], low, high, frozenset(NAMED.findall(body)))
    return found


def _bound(text: str) -> float:
    return BOUNDS[text] if text in BOUNDS else float(text)


def test_what_ffmpeg_says_of_an_encoder_is_read() -> None:
    options = options_of("encoder=h264_nvenc")
    assert (options["rc-lookahead"].kind, options["rc-lookahead"].low) == ("int", 0)
    assert options["cq"].takes("51")
    assert not options["cq"].takes("52")
    assert options["preset"].takes("p5")
    assert not options["preset"].takes("medium-rare")
    assert "keyint_min" not in options


@pytest.mark.parametrize(
    ("hardware", "encoder", "depth", "constant"),
    EVERY,
    ids=[f"{encoder.name}-{depth}-{'cqp' if c else 'capped'}" for _, encoder, depth, c in EVERY],
)
@pytest.mark.parametrize("crf", [0.0, 23.25, 51.0, 63.0])
def test_every_option_of_an_encoder_is_one_with_that_value(
    hardware: Hardware, encoder: HardwareEncoder, depth: int, constant: bool, crf: float
) -> None:
    codec = next(name for name, each in hardware.encoders.items() if each is encoder)
    rung = a_rung(codec, depth, crf)
    known = options_of(f"encoder={encoder.name}")
    wrong = {
        name: value
        for name, value in hardware_options(encoder, rung, constant_qp=constant).items()
        if not _is_taken(name, str(value), known)
    }
    assert wrong == {}


@pytest.mark.parametrize("hardware", HARDWARE.values(), ids=lambda each: each.kind)
def test_every_filter_of_a_device_is_there_and_takes_its_options(hardware: Hardware) -> None:
    scaler = options_of(f"filter={hardware.scaler}")
    assert {
        name for name, value in hardware.scaler_options.items() if not scaler[name].takes(value)
    } == set()
    assert {"w", "h", "format"} <= set(scaler)
    for name in (*hardware.upload, "hwdownload", "setsar", "fps", "trim", "framestep"):
        assert f"Filter {name}\n" in help_of(f"filter={name}")
    if hardware.deinterlacer is not None:
        taken = options_of(f"filter={hardware.deinterlacer}")
        asked = {"mode": ("send_frame", "send_field"), "parity": ("auto", "tff", "bff")}
        for name, values in {**asked, "deint": ("all",)}.items():
            assert [value for value in values if not taken[name].takes(value)] == []


@pytest.mark.parametrize("hardware", HARDWARE.values(), ids=lambda each: each.kind)
def test_this_ffmpeg_opens_such_devices(hardware: Hardware) -> None:
    tools = find_tools(Settings(state_dir=Path("/nonexistent")))
    command = Command(Tool.FFMPEG, ("-hide_banner", "-hwaccels"), "hwaccels")
    listed = run(command, tools=tools, cwd=Path("/")).stdout.split()
    assert {"nvenc": "cuda", "vaapi": "vaapi"}[hardware.kind] in listed


def _is_taken(name: str, value: str, known: Mapping[str, Taken]) -> bool:
    if (own := known.get(name.removesuffix(":v"))) is not None:
        return own.takes(value)
    bounds = GENERIC[name]
    return bounds is None or bounds[0] <= float(value) <= bounds[1]


def a_rung(codec: str, depth: int, crf: float) -> Rung:
    return replace(TOP, codec=codec, bit_depth=depth, crf=crf)  # type: ignore[arg-type]
