"""What is taken of a source to hear whether delivered sound is in time."""

from __future__ import annotations

from fractions import Fraction

from farm.command import Limits
from media.graphs.sync import take_stretches


def filters(*channels: int) -> str:
    command = take_stretches(Fraction(5), 3, None, "audio-0.mp4", Limits(), channels)
    return command.args[command.args.index("-af") + 1]


def test_a_track_of_some_channels_is_compared_with_these_alone() -> None:
    assert filters() == "aresample=8000:out_chlayout=mono"
    assert filters(4, 5) == "pan=mono|c0=c4+c5,aresample=8000:out_chlayout=mono"
