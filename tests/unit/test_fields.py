"""Pictures made of fields: how they are known by what was counted, and made whole."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import Treatment
from farm.mediainfo import FieldOrder
from media.graphs.analyze_fields import Fields, Parity, read_fields
from media.graphs.colour import BT709
from media.graphs.picture import source_options
from tests.unit import titles
from tests.unit.test_graph_encode import SAID_709, chain

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
Counts = tuple[float, float, float]  # top first, bottom first, progressive
HALF_COMBED: Counts = (40, 0, 60)


def counted(
    multiple: Counts, single: Counts = HALF_COMBED, repeated: tuple[float, float] = (0, 0)
) -> dict[str, str]:
    """Return the running counts of idet."""
    kinds = ("tff", "bff", "progressive")
    counts = {
        **{f"multiple.{kind}": count for kind, count in zip(kinds, multiple, strict=True)},
        **{f"single.{kind}": count for kind, count in zip(kinds, single, strict=True)},
        **{f"repeated.{kind}": n for kind, n in zip(("top", "bottom"), repeated, strict=True)},
    }
    return {f"lavfi.idet.{key}": f"{count:.2f}" for key, count in counts.items()}


def found(values: dict[str, str], order: FieldOrder = "unknown", rate: Fraction = NTSC) -> Fields:
    picture = replace(titles.VIDEO, field_order=order, frame_rate=rate)
    return read_fields([(0.0, counted((0, 0, 1))), (0.5, values)], picture)


@pytest.mark.parametrize(
    ("order", "interlaced"),
    [("tff", True), ("bff", True), ("progressive", False), ("unknown", False)],
)
def test_where_pictures_say_nothing_the_flag_decides(order: FieldOrder, interlaced: bool) -> None:
    assert found(counted((49, 0, 0)), order) == Fields(interlaced=interlaced)
    picture = replace(titles.VIDEO, field_order=order)
    assert read_fields([], picture) == Fields(interlaced=interlaced)


@pytest.mark.parametrize("order", ["tff", "bff", "progressive", "unknown"])
def test_progressive_pictures_are_that_whatever_the_flag(order: FieldOrder) -> None:
    assert found(counted((0, 0, 50)), order) == Fields()


@pytest.mark.parametrize(
    ("counts", "order", "parity"),
    [
        ((50, 0, 0), "unknown", "tff"),
        ((50, 0, 0), "bff", "tff"),  # the flag is wrong
        ((0, 50, 0), "unknown", "bff"),
        ((11, 0, 89), "unknown", "tff"),
        ((10, 0, 90), "unknown", None),
        ((51, 0, 49), "progressive", "tff"),
        ((50, 0, 50), "progressive", None),
        ((90, 10, 0), "tff", "tff"),
        ((10, 90, 0), "tff", "bff"),
        ((89, 11, 0), "tff", None),
        ((11, 89, 0), "bff", None),
    ],
)
def test_the_order_of_fields_is_what_combs_show(
    counts: Counts, order: FieldOrder, parity: Parity | None
) -> None:
    expected = Fields(interlaced=True, parity=parity) if parity else Fields()
    assert found(counted(counts), order) == expected


def test_the_last_of_the_running_counts_tells() -> None:
    picture = replace(titles.VIDEO, field_order="unknown")
    frames = [(0.0, counted((60, 0, 0))), (0.5, counted((60, 0, 900)))]
    assert read_fields(frames, picture) == Fields()


# --- film in fields --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("repeated", "film"),
    [
        *(((20, 20), True), ((18, 18), True), ((18, 17), False)),  # from 36 of 100
        *(((22, 22), True), ((23, 22), False)),  # to 44
        *(((24, 16), True), ((16, 24), True), ((25, 15), False), ((15, 25), False)),  # top, bottom
        *(((0, 0), False), ((40, 0), False)),
    ],
)
def test_two_of_five_pictures_repeat_a_field_top_and_bottom_in_turn(
    repeated: tuple[float, float], film: bool
) -> None:
    seen = found(counted((40, 0, 60), HALF_COMBED, repeated))
    assert seen == Fields(interlaced=True, film=film, parity="tff")


@pytest.mark.parametrize(
    ("rate", "film"),
    [
        *((NTSC, True), (Fraction(30), True), (Fraction(25), False), (FILM, False)),
        *((2 * NTSC, False), (Fraction(60), False)),
    ],
)
def test_film_in_fields_is_a_thing_of_30_frames_a_second(rate: Fraction, film: bool) -> None:
    seen = found(counted((0, 40, 60), HALF_COMBED, (20, 20)), rate=rate)
    assert seen == Fields(interlaced=True, film=film, parity="bff")


@pytest.mark.parametrize(
    ("single", "repeated", "film"),
    [((20, 0, 30), (10, 10), True), ((20, 0, 29), (10, 10), False), ((0, 20, 30), (10, 10), True)],
)
def test_fifty_pictures_alone_must_tell(
    single: Counts, repeated: tuple[float, float], film: bool
) -> None:
    assert found(counted((40, 0, 60), single, repeated)).film is film


def test_repeated_fields_of_what_is_not_combed_are_no_film() -> None:
    assert found(counted((0, 0, 100), (0, 0, 100), (20, 20))) == Fields()
    flagged = counted((40, 0, 60), HALF_COMBED, (20, 20))
    assert found(flagged, "progressive") == Fields()


# --- made whole ------------------------------------------------------------------------------

PLAIN = Treatment(1, Fraction(25), False, False, 1280, 720, 1280, 720, BT709)
AT_25 = "fps=fps=25/1:start_time=0,scale=1280:720:"


@pytest.mark.parametrize(
    ("treatment", "filters"),
    [
        (PLAIN, AT_25),
        (
            replace(PLAIN, deinterlace=True),
            f"bwdif=deint=all:mode=send_frame:parity=auto,{AT_25}",
        ),
        (
            replace(PLAIN, deinterlace=True, parity="bff"),
            f"bwdif=deint=all:mode=send_frame:parity=bff,{AT_25}",
        ),
        (
            replace(PLAIN, fps=Fraction(50), deinterlace=True, every_field=True, parity="tff"),
            "bwdif=deint=all:mode=send_field:parity=tff,fps=fps=50/1:start_time=0,scale=1280:720:",
        ),
        (replace(PLAIN, every_field=True), AT_25),
        (
            replace(PLAIN, fps=FILM, film=True, parity="tff"),
            "fps=fps=30000/1001,tpad=stop=5:stop_mode=clone,fieldmatch=combmatch=full:order=tff"
            ",bwdif=deint=interlaced:mode=send_frame:parity=tff,decimate=cycle=5"
            ",fps=fps=24000/1001:start_time=0,scale=1280:720:",
        ),
    ],
)
def test_fields_become_pictures_before_the_rate_is_made_constant(
    treatment: Treatment, filters: str
) -> None:
    assert chain(treatment).startswith(f"{SAID_709},{filters}")


@pytest.mark.parametrize("first", ["top", "bottom"])
def test_fields_that_are_decoded_one_by_one_are_woven_before_all_else(first: str) -> None:
    treatment = replace(PLAIN, woven=first)  # type: ignore[arg-type]
    assert chain(treatment).startswith(f"weave=first_field={first},{SAID_709},{AT_25}")


@pytest.mark.parametrize(
    ("fps", "start_frame", "film", "seek"),
    [
        (Fraction(24), 100, False, "3.125000"),  # frame 75
        (Fraction(24), 100, True, "3.000000"),  # frame 72, the first of a cycle
        (FILM, 144, True, "5.005000"),  # frame 120
        (Fraction(25), 50, False, "1.000000"),
        (Fraction(25), 50, True, "0.960000"),  # frame 24
    ],
)
def test_decoding_of_film_starts_with_a_cycle_of_four_pictures(
    fps: Fraction, start_frame: int, film: bool, seek: str
) -> None:
    treatment = replace(PLAIN, fps=fps, film=film)
    assert source_options(treatment, start_frame) == ("-ss", seek)
