"""Lines with times: what is clear is read, what is nearly one is told, what people say is text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.text.timing import Timing, is_counter, read_timing

PLAIN = Timing(2000, 3500)


@pytest.mark.parametrize(
    "line",
    [
        "00:00:02,000 --> 00:00:03,500",
        "00:00:02.000 --> 00:00:03.500",
        "00:02,0-->00:03,5",
        "  00:00:02,000\t-->\t00:00:03,500  ",
        "00:00:02 --> 00:00:03,500",  # no milliseconds
        "2,000 --> 3,500",  # seconds alone
        "00:00:02,000000 --> 00:00:03,500999",
        # Other arrows, as word processors, translation machines and HTML leave them.
        "00:00:02,000 -> 00:00:03,500",
        "00:00:02,000 -- > 00:00:03,500",
        "00:00:02,000 ---> 00:00:03,500",
        "00:00:02,000 => 00:00:03,500",
        "00:00:02,000 –> 00:00:03,500",
        "00:00:02,000 —> 00:00:03,500",
        "00:00:02,000 → 00:00:03,500",
        "00:00:02,000 --&gt; 00:00:03,500",
        # Marks that nobody sees, other spaces, other digits.
        "\ufeff00:00:02,000 --> 00:00:03,500",
        "00:00:02,000 \u200f--> \u200e00:00:03,500",
        "00:00:02,000\u00a0-->\u202f00:00:03,500",
        "00: 00: 02, 000 --> 00: 00: 03, 500",
        "٠٠:٠٠:٠٢,٠٠٠ --> ٠٠:٠٠:٠٣,٥٠٠",
        "००:००:०२,००० --> ००:००:०३,५००",
        "００:００:０２,０００ --> ００:００:０３,５００",
    ],
)
def test_a_clear_line_is_read(line: str) -> None:
    assert read_timing(line) == PLAIN


def test_hours_signs_and_settings_are_read() -> None:
    assert read_timing("123:04:05,006 --> 124:00:00,000") == Timing(443_045_006, 446_400_000)
    assert read_timing("-00:00:01,500 --> -00:00:00,250") == Timing(-1500, -250)
    assert read_timing("90:00.000 --> 91:00.000") == Timing(5_400_000, 5_460_000)
    line = "00:02.000 --> 00:03.500 line:0 align:start"
    assert read_timing(line) == Timing(2000, 3500, "line:0 align:start")


@pytest.mark.parametrize(
    "line",
    [
        "00:00:02;000 --> 00:00:03;500",
        "00:00:02:500 --> 00:00:03:500",  # frames or milliseconds?
        "00:61.000 --> 01:62.000",
        "00:60:00,000 --> 01:00:00,000",
        "00:00:02,0x0 --> 00:00:03,500",
        "00:00:02,000 -->",
        "--> 00:00:03,500",
        "00:00:02,000 00:00:03,500",
        "00:00:02,000 | 00:00:03,500",
    ],
)
def test_what_is_plainly_meant_as_one_and_cannot_be_read_is_told(line: str) -> None:
    assert read_timing(line) == "unreadable"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "12",
        "1 -> 2",
        "2020 -> 2021",
        "We meet from 10:30 -> 11:00.",
        "10:30 - 11:00",
        "It is 10:30.",
        "x --> y",
        "00:00:02,000 --> 00:00:03,500" + " " * 400,  # nobody writes such a line
    ],
)
def test_what_people_say_is_text(line: str) -> None:
    assert read_timing(line) is None


@pytest.mark.parametrize("line", ["1", " 12 ", "12.", "#7", "(3)", "\ufeff3", "٣", "123456"])
def test_numbers_count_cues(line: str) -> None:
    assert is_counter(line)


@pytest.mark.parametrize("line", ["", "1a", "1,5", "-", "one", "1234567", "1 2"])
def test_other_lines_count_none(line: str) -> None:
    assert not is_counter(line)


times = st.integers(0, 359_999_999)


def written(time_ms: int) -> str:
    seconds, ms = divmod(time_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{ms:03}"


@given(times, times, st.booleans(), st.booleans())
def test_every_time_is_read_to_the_millisecond(
    start: int, end: int, before: bool, dots: bool
) -> None:
    line = f"{'-' if before else ''}{written(start)} --> {written(end)}"
    line = line.replace(",", ".") if dots else line
    assert read_timing(line) == Timing(-start if before else start, end)


@given(st.text(max_size=60))
def test_no_line_is_too_much(line: str) -> None:
    assert read_timing(line) is None or isinstance(read_timing(line), Timing | str)
