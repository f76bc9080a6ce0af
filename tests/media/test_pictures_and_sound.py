"""Pictures and sound that do not start or end together: each is shown and heard at its moment."""

from __future__ import annotations

import pytest

from tests.conftest import MakeContext
from tests.media.listening import beeps, decoded, made
from tests.media.media_factory import AAC, X264, Clips, tone
from tests.media.shown import Run, disc, flashes, numbered, shown

MAX_OFFSET_S = 0.020


# In a transport stream AAC starts 21 ms earlier, with what its decoder needs before the sound.
@pytest.mark.parametrize(
    ("container", "late_s"),
    [("mkv", 0.009), ("mkv", 0.021), ("mkv", 0.033), ("mp4", 0.021), ("ts", 0.012)],
)
def test_a_flash_is_seen_when_its_beep_is_heard_however_late_pictures_start(
    container: str, late_s: float, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    beep = f"if(lt(mod(t-{late_s}+1,1),0.1),0.5*sin(2*PI*1000*t),0)"
    sound = f"aevalsrc=exprs='{beep}':s=48000:d={3 + late_s}"
    clock = ("-fps_mode", "passthrough", "-enc_time_base", "1/90000")
    # Not by setpts: FFmpeg takes off what an input starts with.
    graph = f"{disc('256x144', 75)},settb=1/90000"
    pictures = ("-itsoffset", str(late_s), "-f", "lavfi", "-i", graph)
    given = (*pictures, "-f", "lavfi", "-i", sound)
    path = clips.make(f"late-{late_s}.{container}", *given, *X264, "-bf", "0", *clock, *AAC)
    title = shown(step_context, run_command, path)
    lit = flashes(title.frames)
    # The first one twice would be four frames long, and every other one a frame late.
    assert [n - lit[0] for n in lit] == [start + n for start in (0, 25, 50) for n in range(3)]
    _, product = made(step_context, path, duration_s=str(title.analysis.duration_s))
    seen_s = [n / 25 for n in lit[::3]]
    assert beeps(decoded(run_command, product)) == pytest.approx(seen_s, abs=MAX_OFFSET_S)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_two_pictures_last_as_long_as_their_sound(
    container: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    graph = f"{numbered(25, 2)},setpts='3*N/TB'"
    given = ("-f", "lavfi", "-i", graph, *tone(6), "-fps_mode", "passthrough", *X264, *AAC)
    title = shown(step_context, run_command, clips.make(f"two.{container}", *given))
    assert float(title.analysis.duration_s) == pytest.approx(6, abs=0.1)
    change = round(3 * title.treatment.fps)
    assert title.numbers == [*[0] * change, *[1] * (len(title.frames) - change)]
