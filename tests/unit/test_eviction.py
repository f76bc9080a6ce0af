"""What a full cache lets go."""

from pathlib import Path

from workers.sources.eviction import Eviction, Held, evict, full_bytes

LIMIT = 100


def held(used_at_ns: int, size_bytes: int, *, pinned: bool = False) -> Held:
    return Held(pinned, used_at_ns, size_bytes, Path(f"{used_at_ns}"))


def gone(eviction: Eviction) -> list[int]:
    return [one.used_at_ns for one in eviction.gone]


def test_the_least_recently_used_goes_and_what_reaches_over_the_mark_stays() -> None:
    files = [held(1, 30), held(3, 50), held(2, 50), held(4, 20)]
    eviction = evict(files, LIMIT, 0.9, 2.0)
    assert (gone(eviction), eviction.kept_bytes, eviction.pinned_bytes) == ([1], 120, 0)


def test_what_unfinished_jobs_hold_stays_before_what_was_used_later() -> None:
    files = [held(1, 60, pinned=True), held(2, 50), held(3, 50)]
    eviction = evict(files, LIMIT, 0.9, 2.0)
    assert (gone(eviction), eviction.kept_bytes, eviction.pinned_bytes) == ([2], 110, 60)


def test_what_unfinished_jobs_hold_may_be_twice_the_limit_and_no_more() -> None:
    files = [held(number, 50, pinned=True) for number in range(6)]
    eviction = evict(files, LIMIT, 0.9, 2.0)
    assert (gone(eviction), eviction.kept_bytes, eviction.pinned_bytes) == ([1, 0], 200, 200)


def test_a_little_stays_beside_what_is_held_beyond_the_limit() -> None:
    files = [held(1, 150, pinned=True), held(2, 6), held(3, 6), held(4, 6)]
    eviction = evict(files, LIMIT, 0.9, 2.0)
    assert (gone(eviction), eviction.kept_bytes, eviction.pinned_bytes) == ([2], 162, 150)
    assert (full_bytes(LIMIT, 150), full_bytes(LIMIT, 70)) == (170, 100)


def test_on_a_full_disk_what_nobody_holds_goes_and_then_the_rest() -> None:
    files = [held(1, 10, pinned=True), held(2, 10)]
    assert gone(evict(files, LIMIT, 0.0, 2.0)) == [2]
    assert gone(evict(files, LIMIT, 0.0, 0.0)) == [1, 2]
