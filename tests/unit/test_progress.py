"""Reading FFmpeg's -progress output."""

from fractions import Fraction

from workers.programs.progress import ProgressReader


def test_output_time_is_read_across_split_reads() -> None:
    reader = ProgressReader()
    reader.feed(b"frame=10\nout_time_us=40")
    reader.feed(b"0000\nprogress=continue\n")
    assert reader.out_time_s == Fraction(2, 5)


def test_times_that_are_not_there_yet_are_ignored() -> None:
    reader = ProgressReader()
    reader.feed(b"out_time_us=N/A\nspeed=N/A\n")
    assert (reader.out_time_s, reader.ticks) == (None, 0)


def test_standing_still_does_not_tick() -> None:
    reader = ProgressReader()
    reader.feed(b"frame=1\nout_time_us=1000\n")
    ticks = reader.ticks
    reader.feed(b"frame=1\nout_time_us=1000\n")
    assert reader.ticks == ticks
    reader.feed(b"frame=2\nout_time_us=1000\n")
    assert reader.ticks == ticks + 1
