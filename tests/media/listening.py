"""Audio steps over real files, and what is heard in what they made."""

from __future__ import annotations

import array
import cmath
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from farm.facts import AudioTrack
from farm.parts import Part, Product
from farm.serial import from_json, to_json
from planning.params import AudioParams
from planning.sound import plan_sound
from tests.conftest import MakeContext
from tests.media.source_steps import ingested, source_of, spec_of
from workers.steps import audio

RATE = 48_000
Run = Callable[[Command, Path], Finished]


def made(make: MakeContext, path: Path, **changes: Any) -> tuple[AudioTrack, Product]:
    """Return the facts and product of an audio step over the first stream of a clip."""
    return made_of(make, path, ingested(make, path), **changes)


def made_of(
    make: MakeContext, path: Path, part: Part, **changes: Any
) -> tuple[AudioTrack, Product]:
    """Return the facts and product of an audio step over a clip that was ingested."""
    stream = source_of(part).media.audio[0]
    given = {
        "name": "audio-0-stereo",
        "stream_index": stream.index,
        "channels": 2,
        "bps": 96_000,
        "language": stream.language or "und",
        "title": "",
        "default": True,
        "role": "main",
        "loudness": "source",
        "measured": None,
        "duration_s": "3",
        **changes,
    }
    params = from_json(AudioParams, given)
    context = make(spec=spec_of(path), params=params, inputs={"ingest": part})
    product = audio.run(context).products[""]
    return from_json(AudioTrack, product.facts), product


def first_voice(
    make: MakeContext, path: Path, part: Part, channels: int = 2, duration_s: Fraction | int = 3
) -> Product:
    """Return the product of an audio step for the first voice that is planned for a clip."""
    voices, _ = plan_sound((), source_of(part).media)
    voice = to_json({"of": voices[0].stream_index, "picked": voices[0].picked})
    changes = {"stream_index": voice["of"], "picked": voice["picked"], "channels": channels}
    rate = {"bps": 192_000 * channels // 2, "duration_s": str(duration_s)}
    return made_of(make, path, part, **changes, **rate)[1]


def decoded(run_command: Run, product: Product, channel: int = 0) -> list[float]:
    """Return the samples of one channel of a track, 48000 a second, full scale 1."""
    path = product.files["audio.mp4"]
    take_one = ("-af", f"pan=mono|c0=c{channel}", "-f", "f32le", "one.raw")
    args = (*FFMPEG_PREAMBLE, "-i", f"file:{path.name}", *take_one)
    run_command(Command(Tool.FFMPEG, args, "decode"), path.parent)
    samples = array.array("f")
    samples.frombytes((path.parent / "one.raw").read_bytes())
    return list(samples)


def level(samples: Sequence[float], from_s: float, to_s: float) -> float:
    """Return the RMS level of a stretch, in dBFS; -120 for silence."""
    stretch = samples[round(from_s * RATE) : round(to_s * RATE)]
    power = math.fsum(sample * sample for sample in stretch) / len(stretch)
    return 10 * math.log10(power + 1e-12)


def tone_level(samples: Sequence[float], hertz: float, from_s: float = 0.5) -> float:
    """Return the level of one tone in the second after `from_s`, in dBFS of its peak."""
    stretch = samples[round(from_s * RATE) : round((from_s + 1) * RATE)]
    turn = -2j * math.pi * hertz / RATE
    found = sum(sample * cmath.exp(turn * n) for n, sample in enumerate(stretch))
    return 20 * math.log10(2 * abs(found) / len(stretch) + 1e-9)


def beeps(samples: Sequence[float]) -> list[float]:
    """Return when sound begins after at least 50 ms of silence, in seconds."""
    found, last = [], -RATE
    for n, sample in enumerate(samples):
        if abs(sample) > 0.02:
            if n - last > RATE // 20:
                found.append(round(n / RATE, 4))
            last = n
    return found
