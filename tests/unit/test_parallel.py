"""Many objects at once: in order, bounded, stopped by the first error, fair between callers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from farm.errors import Cancelled, StorageUnavailable
from storage.objects.parallel import Transfers

THREADS = 4


@pytest.fixture
def transfers() -> Iterator[Transfers]:
    transfers = Transfers(THREADS)
    yield transfers
    transfers.close()


class Counted:
    """Calls that take a moment, and how many there were, in all and at once."""

    def __init__(self, fails_at: int | None = None) -> None:
        self._counting = threading.Lock()
        self._fails_at = fails_at
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.most_at_once = 0

    def __call__(self, number: int) -> int:
        with self._counting:
            self.begun.append(number)
            self.most_at_once = max(self.most_at_once, len(self.begun) - len(self.ended))
        time.sleep(0.002)
        with self._counting:
            self.ended.append(number)
        if number == self._fails_at:
            raise StorageUnavailable(f"object {number} cannot be had")
        return number * 2


@pytest.mark.parametrize(("at_once", "seen"), [(1, 1), (2, 2), (4, 4), (100, THREADS)])
def test_results_come_in_order_and_no_more_are_under_way_than_asked_for(
    transfers: Transfers, at_once: int, seen: int
) -> None:
    call = Counted()
    assert transfers.each(call, range(50), at_once) == [number * 2 for number in range(50)]
    assert call.most_at_once == seen


def test_one_at_a_time_stays_on_the_thread_that_asks(transfers: Transfers) -> None:
    threads = transfers.each(lambda _: threading.get_ident(), range(3), at_once=1)
    assert threads == [threading.get_ident()] * 3


@pytest.mark.parametrize("at_once", [1, THREADS])
def test_nothing_is_begun_after_an_error_and_what_is_under_way_ends(
    transfers: Transfers, at_once: int
) -> None:
    call = Counted(fails_at=5)
    with pytest.raises(StorageUnavailable, match="object 5 cannot be had"):
        transfers.each(call, range(1000), at_once)
    assert len(call.begun) <= 6 + 2 * at_once
    assert sorted(call.begun) == sorted(call.ended)


@pytest.mark.parametrize("at_once", [1, THREADS])
def test_nothing_is_begun_when_nobody_wants_it_any_more(transfers: Transfers, at_once: int) -> None:
    call = Counted()

    def check_wanted() -> None:
        if len(call.begun) >= 7:
            raise Cancelled("the lease was lost")

    with pytest.raises(Cancelled, match="the lease was lost"):
        transfers.each(call, range(1000), at_once, check_wanted)
    assert len(call.begun) <= 7 + at_once
    assert sorted(call.begun) == sorted(call.ended)


def test_a_call_that_hangs_is_noticed_to_be_unwanted(
    transfers: Transfers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.objects.parallel.CHECK_EVERY_S", 0.01)
    going_on = threading.Event()

    def check_wanted() -> None:
        if threading.current_thread() is threading.main_thread():
            going_on.set()
            raise Cancelled("the lease was lost")

    with pytest.raises(Cancelled):
        transfers.each(lambda _: going_on.wait(10), [1], THREADS, check_wanted)
    assert going_on.is_set()


def test_the_objects_of_one_step_do_not_wait_for_all_of_anothers(transfers: Transfers) -> None:
    large = Counted()
    first = threading.Thread(target=transfers.each, args=(large, range(2000), THREADS))
    first.start()
    while not large.begun:
        time.sleep(0.001)
    assert transfers.each(Counted(), range(20), THREADS) == [number * 2 for number in range(20)]
    assert len(large.ended) < 1000
    first.join()


def test_an_empty_list_is_done_at_once(transfers: Transfers) -> None:
    assert transfers.each(Counted(), [], THREADS) == []
