"""Burnt-in text as libass draws it: there while its cue lasts, where its cue stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from media.text.burn_in import burn_in_ass
from media.text.cue import Cue
from media.text.track import track_text

WIDTH, HEIGHT = 320, 180
CUES = (
    Cue(1000, 2000, "<v Emo>down <i>here</i></v>"),
    Cue(2000, 3000, "up there", "line:0"),
    Cue(3000, 4000, "{\\an8}C:\\N &lt;b&gt;"),
)


def test_letters_show_while_their_cue_lasts_in_their_part_of_the_picture(
    run_command: Callable[[Command, Path], Finished], tmp_path: Path
) -> None:
    text = burn_in_ass(track_text(CUES, 5000), WIDTH, HEIGHT)
    (tmp_path / "burn-in.ass").write_text(text, "utf-8")
    picture = ("-f", "lavfi", "-i", f"color=black:size={WIDTH}x{HEIGHT}:rate=1:duration=5")
    drawn = ("-vf", "setpts=PTS+0.5/TB,subtitles=burn-in.ass,format=gray")
    args = (*FFMPEG_PREAMBLE, *picture, *drawn, "-f", "rawvideo", "frames.gray")
    run_command(Command(Tool.FFMPEG, args, "draw text"), tmp_path)
    frames = (tmp_path / "frames.gray").read_bytes()
    size = WIDTH * HEIGHT
    halves = [
        (any(frames[start : start + size // 2]), any(frames[start + size // 2 : start + size]))
        for start in range(0, len(frames), size)
    ]
    # At 0.5 s, 1.5 s ...: whether anything is drawn in the upper and in the lower half.
    nothing, upper, lower = (False, False), (True, False), (False, True)
    assert halves == [nothing, lower, upper, lower, nothing]
