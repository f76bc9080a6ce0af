"""Being told to stop by SIGTERM and SIGINT."""

from __future__ import annotations

import signal

import pytest

from farm.signals import STOP_SIGNALS, on_stop, told_to_stop


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_whoever_waits_is_told_to_stop_and_a_second_time_changes_nothing(
    number: signal.Signals,
) -> None:
    with told_to_stop() as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()


def test_every_signal_is_told_and_later_ones_go_where_they_went_before() -> None:
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    told = []
    with on_stop(lambda: told.append("stop")):
        for number in STOP_SIGNALS:
            signal.raise_signal(number)
    assert told == ["stop", "stop"]
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


def test_what_was_before_comes_back_after_an_error_too() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="a defect"), told_to_stop():
        raise ValueError("a defect")
    assert signal.getsignal(signal.SIGTERM) == before
