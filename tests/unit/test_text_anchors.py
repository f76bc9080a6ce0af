"""Settings with a part behind a comma, told without it: the box stays where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.text.placement import sound_settings


@pytest.mark.parametrize(
    ("written", "delivered"),
    [
        ("position:20%,line-left", "position:60% size:80%"),  # 20 to 100, whose middle is 60
        ("position:20%,line-left align:left", "position:20% align:left size:80%"),
        ("position:20%,line-left align:start", "position:20% align:start size:80%"),
        ("position:80%,line-right size:30%", "position:65% size:30%"),
        ("position:80%,line-right align:right size:30%", "position:80% align:right size:30%"),
        ("position:30%,center align:left", "position:0% align:left size:60%"),
        ("position:50%,center align:end size:20%", "position:60% align:end size:20%"),
        ("line:0,start", "line:0"),  # what is meant without it
    ],
)
def test_a_box_is_placed_by_the_edge_its_alignment_implies(written: str, delivered: str) -> None:
    assert sound_settings(written) == (delivered, ())


def test_where_text_starts_depends_on_its_script() -> None:
    settings = "position:80%,line-right align:start size:30%"
    assert sound_settings(settings, "1. Hello") == ("position:50% align:start size:30%", ())
    assert sound_settings(settings, "<i>1. שלום</i>") == ("position:80% align:start size:30%", ())


@pytest.mark.parametrize("anchor", ["end", "center"])
def test_how_a_line_is_anchored_is_told_as_lost(anchor: str) -> None:
    assert sound_settings(f"line:90%,{anchor}") == ("line:90%", (f"line:90%,{anchor}",))


EDGES = {"line-left": 0.0, "center": 0.5, "line-right": 1.0}
IMPLIED = {"left": 0.0, "center": 0.5, "right": 1.0}


def box(position: float, size: float, share: float) -> tuple[float, float]:
    """Return left and right of a box, as W3C WebVTT, 7.2, computes them."""
    room = {0.0: 100 - position, 1.0: position}.get(share, 2 * min(position, 100 - position))
    wide = min(size, room)
    left = position - wide * share
    return left, left + wide


@given(
    st.integers(0, 100), st.integers(0, 100), st.sampled_from([*EDGES]), st.sampled_from([*IMPLIED])
)
def test_the_box_is_the_same_for_every_player(
    position: int, size: int, edge: str, align: str
) -> None:
    delivered, _ = sound_settings(f"position:{position}%,{edge} size:{size}% align:{align}")
    values = dict(setting.split(":") for setting in delivered.split())
    moved, wide = (float(values[name].rstrip("%")) for name in ("position", "size"))
    assert box(moved, wide, IMPLIED[align]) == pytest.approx(box(position, size, EDGES[edge]))
