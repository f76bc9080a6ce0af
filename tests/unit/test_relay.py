"""Changes of a stream's layout, as FFmpeg tells of them."""

from __future__ import annotations

from media.graphs.relay import layouts_met

CHANGE = "[fc#0 @ 0x1] [info] Reconfiguring filter graph because audio parameters changed to"


def test_layouts_that_a_stream_changes_to_are_known_by_what_ffmpeg_said() -> None:
    lines = [
        "[info] Input #0, ac3, from 'file:source':",
        f"{CHANGE} 44100 Hz, 5.1(side), fltp, downmix medatata changed",
        f"{CHANGE} 44100 Hz, stereo, fltp",
        f"{CHANGE} 48000 Hz, 5.1(side), fltp",
        f"    title           : {CHANGE} 48000 Hz, 7.1, fltp",
    ]
    assert layouts_met(lines) == ("5.1(side)", "stereo")
    assert layouts_met([]) == ()
