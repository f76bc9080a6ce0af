"""Black bars: cut off where a ladder asks for it, kept and remarked where they cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farm.ladder import Treatment
from farm.ladder_policy import LadderPolicy
from farm.mediainfo import MediaInfo, VideoStream
from farm.serial import from_json
from ladders.chunks import Cuts
from planning.title import TitlePlan, plan_title
from tests.unit.test_graph_encode import PLAIN, chain
from tests.unit.titles import POLICY, VIDEO, analysis, media, spec

CROPPED = POLICY.model_copy(update={"crop": True})


def planned(
    crop: tuple[int, int, int, int] | None,
    stream: VideoStream = VIDEO,
    policy: LadderPolicy = CROPPED,
) -> TitlePlan:
    held: MediaInfo = media(video=(stream,))
    return plan_title(spec(), policy, (), held, analysis(crop=crop), cuts=Cuts((0,)))


def treatment(plan: TitlePlan) -> Treatment:
    [encode] = [step for step in plan.steps if step.kind == "encode"]
    return from_json(Treatment, encode.params["treatment"])


def test_rungs_have_the_shape_of_what_lies_between_the_bars() -> None:
    plan = planned((640, 268, 0, 46))
    found = treatment(plan)
    assert (found.crop, found.display_width, found.display_height) == ((640, 268, 0, 46), 640, 268)
    assert [(r.width, r.height) for r in plan.ladder.rungs] == [(320, 134), (640, 268)]
    assert plan.ladder.remarks == ()


def test_edges_stay_on_the_grid_of_chroma() -> None:
    assert treatment(planned((635, 267, 3, 47))).crop == (634, 266, 4, 48)


def test_a_wide_pixel_stays_one() -> None:
    wide = replace(VIDEO, display_width=853, width=640)
    found = treatment(planned((640, 268, 0, 46), wide))
    assert (found.display_width, found.display_height) == (853, 268)


@pytest.mark.parametrize(
    ("crop", "policy"), [(None, CROPPED), ((640, 268, 0, 46), POLICY)], ids=["none", "not asked"]
)
def test_nothing_is_cut_off_where_there_are_no_bars_or_nobody_asks(
    crop: tuple[int, int, int, int] | None, policy: LadderPolicy
) -> None:
    plan = planned(crop, policy=policy)
    assert (treatment(plan).crop, treatment(plan).display_height) == (None, 360)
    assert plan.ladder.remarks == ()


@pytest.mark.parametrize("changes", [{"rotation": 180}, {"coded_fields": "top"}, {"crooked": True}])
def test_bars_of_pictures_that_are_turned_or_fields_stay_and_are_remarked(
    changes: dict[str, object],
) -> None:
    plan = planned((640, 268, 0, 46), replace(VIDEO, **changes))  # type: ignore[arg-type]
    assert treatment(plan).crop is None
    assert [(r.streams, r.kind) for r in plan.ladder.remarks] == [((0,), "assumed")]
    assert plan.ladder.remarks[0].reason.startswith("bars stay: ")


def test_bars_go_before_anything_is_scaled() -> None:
    cut = replace(PLAIN, crop=(1920, 800, 0, 140))
    assert "fps=fps=60/1:start_time=0,crop=1920:800:0:140,scale=1280:720:" in chain(cut)
    assert "trim=start_frame=60,crop=1920:800:0:140,scale=" in chain(cut, start_frame=720)
