"""Clean WebVTT to the ASS that is drawn into the picture."""

from __future__ import annotations

from media.text.burn_in import burn_in_ass
from media.text.cue import Cue
from media.text.track import track_text


def events(*cues: Cue, width: int = 1920, height: int = 1080) -> list[str]:
    text = burn_in_ass(track_text(cues, 40_000_000), width, height)
    return [line for line in text.splitlines() if line.startswith("Dialogue:")]


def test_looks_positions_and_lines_are_kept_and_voices_dropped() -> None:
    found = events(
        Cue(1000, 2500, "<v Emo>Hello <i>big <b>bad</b></i> world</v>\nagain"),
        Cue(3000, 4000, "up", "line:0 align:left"),
    )
    assert found == [
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,"
        "Hello {\\i1}big {\\b1}bad{\\b0}{\\i0} world\\Nagain",
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\an7}up",
    ]


def test_text_that_looks_like_commands_is_drawn_as_it_is() -> None:
    (event,) = events(Cue(0, 1000, "{\\an8} &lt;i&gt; C:\\Now"))
    assert event.endswith(",,\\{\\\u2060an8\\} <i> C:\\\u2060Now")


def test_letters_scale_with_the_picture_and_narrow_ones_get_smaller() -> None:
    def size(width: int, height: int) -> str:
        text = burn_in_ass(track_text([Cue(0, 1000, "a")], 2000), width, height)
        assert f"PlayResX: {width}\nPlayResY: {height}\n" in text
        return next(line for line in text.splitlines() if line.startswith("Style:")).split(",")[2]

    assert [size(1920, 1080), size(640, 360), size(1080, 1920)] == ["60", "20", "45"]


def test_nothing_is_drawn_beyond_the_ten_hours_ass_can_count() -> None:
    found = events(Cue(35_999_000, 36_500_000, "a"), Cue(36_000_000, 36_001_000, "b"))
    assert found == ["Dialogue: 0,9:59:59.00,9:59:59.99,Default,,0,0,0,,a"]
