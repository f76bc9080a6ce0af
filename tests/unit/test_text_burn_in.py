"""Clean WebVTT to the ASS that is drawn into the picture."""

from __future__ import annotations

import pytest

from media.text.burn_in import burn_in_ass
from media.text.cue import Cue
from media.text.placement import settings_for
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


def style(width: int, height: int) -> dict[str, str]:
    lines = burn_in_ass(track_text([], 2000), width, height).splitlines()
    (names,) = (line for line in lines if line.startswith("Format: Name"))
    (values,) = (line for line in lines if line.startswith("Style: "))
    fields = names.removeprefix("Format: ").split(", ")
    return dict(zip(fields, values.removeprefix("Style: ").split(","), strict=True))


def test_letters_are_white_with_a_thin_black_outline_within_the_safe_area() -> None:
    drawn = style(1920, 1080)
    assert (
        drawn
        | {
            "Name": "Default",
            "Fontname": "Sans",
            "Fontsize": "60",  # 18 lines in the height
            "PrimaryColour": "&H00FFFFFF",
            "OutlineColour": "&H00000000",
            "Outline": "4.2",  # 7 in 100 of the size
            "Shadow": "0",
            "Alignment": "2",
            "MarginL": "96",  # 5 in 100 of the width, and of the height
            "MarginR": "96",
            "MarginV": "54",
        }
        == drawn
    )


def test_sizes_are_rounded_to_tenths_and_margins_to_pixels() -> None:
    drawn = style(853, 479)  # 26.61 high letters, 1.863 of outline, margins of 42.65 and 23.95
    names = ("Fontsize", "Outline", "MarginL", "MarginR", "MarginV")
    assert [drawn[name] for name in names] == ["26.6", "1.9", "43", "43", "24"]
    drawn = style(719, 1280)  # letters as for a height of 539, an eighteenth of which is 29.94
    assert [drawn[name] for name in names] == ["29.9", "2.1", "36", "36", "64"]


def test_underlines_and_every_place_are_kept() -> None:
    settings = {number: settings_for(number) for number in range(1, 10)}
    found = events(*(Cue(n * 1000, n * 1000 + 1, f"<u>{n}</u>", settings[n]) for n in settings))
    placed = {n: "" if n == 2 else f"{{\\an{n}}}" for n in settings}
    assert [event.split(",,")[2] for event in found] == [
        f"{placed[n]}{{\\u1}}{n}" for n in settings
    ]


@pytest.mark.parametrize(("start_ms", "drawn"), [(35_999_989, 1), (35_999_990, 0)])
def test_a_cue_is_drawn_if_it_starts_before_the_last_time_ass_can_write(
    start_ms: int, drawn: int
) -> None:
    assert len(events(Cue(start_ms, 36_000_000, "a"))) == drawn
