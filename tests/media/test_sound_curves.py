"""How loud a track is over time, on tones of which every level is known."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from farm.found import SoundCurve
from tests.conftest import MakeContext
from tests.media.media_factory import Clips
from tests.media.source_steps import analysis_of, ingested

# Six seconds at half of full scale, six at a twentieth, six of silence.
STEPS = "if(lt(t,6),0.5,if(lt(t,12),0.05,0))*sin(2*PI*1000*t)"


def curves_of(clips: Clips, make: MakeContext, name: str, *args: str) -> tuple[SoundCurve, ...]:
    path: Path = clips.make(name, *args)
    return analysis_of(make, path, ingested(make, path)).sound_curves


def test_a_tone_that_steps_in_level_has_its_levels_when_it_has_them(
    clips: Clips, step_context: MakeContext
) -> None:
    tone = ("-f", "lavfi", "-i", f"aevalsrc='{STEPS}':s=48000:d=18")
    steady = ("-f", "lavfi", "-i", "sine=frequency=1000:sample_rate=48000:duration=18")
    maps = ("-map", "0", "-map", "1", "-c:a", "pcm_s16le")
    stepping, other = curves_of(clips, step_context, "steps.mkv", *tone, *steady, *maps)
    assert (stepping.stream_index, other.stream_index) == (0, 1)
    assert (stepping.peak_s, len(stepping.peaks)) == (0.1, 180)
    assert set(stepping.peaks[:60]) == {500}
    assert set(stepping.peaks[60:120]) == {50}
    assert set(stepping.peaks[120:]) == {0}
    assert set(other.peaks) == {125}  # an eighth, as `sine` draws it
    # 1 kHz at full scale is -3.01 LUFS (BS.1770-5); each moment is amid three seconds.
    assert (stepping.lufs_from_s, stepping.lufs_s, len(stepping.lufs)) == (1.6, 1.0, 15)
    at_s = [stepping.lufs_from_s + n * stepping.lufs_s for n in range(len(stepping.lufs))]
    levels = dict(zip((round(at, 1) for at in at_s), stepping.lufs, strict=True))
    across = -9.0 + 10 * math.log10((1.9 + 1.1 / 100) / 3)  # from 4.1 s to 7.1 s, both tones
    for moment_s, lufs in {
        **{1.6: -9.0, 3.6: -9.0, 5.6: across},
        **{7.6: -29.0, 9.6: -29.0, 14.6: -70.0, 15.6: -70.0},
    }.items():
        assert levels[moment_s] == pytest.approx(lufs, abs=0.1)
    assert other.lufs == pytest.approx([-21.1] * 15, abs=0.1)
