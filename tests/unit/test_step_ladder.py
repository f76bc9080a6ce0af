"""What a job becomes once the ladder is known: every step, its inputs and its parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest

from farm.facts import Source
from farm.ladder import Timeline, Treatment
from farm.mediainfo import Colour
from farm.parts import Part
from farm.plan import Resource
from farm.serial import from_json, to_json
from farm.spec import QcPolicy
from ladders.chunks import Cuts
from planning.params import EncodeParams, LadderParams, MeasureParams
from planning.pictures import Pictures, measure_steps
from planning.treatment import make_treatment
from tests.conftest import MakeContext
from tests.unit.titles import (
    FPS,
    LOW,
    POLICY,
    TOP,
    VIDEO,
    WHOLE,
    analysis,
    media,
    plan,
    spec,
    steps,
    subtitle,
)
from workers.steps import ladder as ladder_step
from workers.steps.encode import parts


def test_a_title_becomes_these_steps() -> None:
    planned = steps(plan(spec(subtitles=(subtitle("en"),))))
    tracks = ("audio:audio-0-stereo", "text:text-en", "chapters")
    renditions = (f"stitch:{LOW}", f"stitch:{TOP}")
    measures = (f"measure:0#{LOW}", f"measure:0#{TOP}")
    assert {key: (step.kind, step.inputs, step.after) for key, step in planned.items()} == {
        "audio:audio-0-stereo": ("audio", ("ingest",), ()),
        "text:text-en": ("text", ("ingest#sidecar-0",), ()),
        "chapters": ("chapters", ("ingest",), ()),
        "thumbnails": ("thumbnails", ("ingest",), ("package",)),
        "encode:0": ("encode", ("ingest",), ()),
        **{f"stitch:{rung}": ("stitch", (f"encode:0#{rung}",), ()) for rung in (LOW, TOP)},
        "package": ("package", (*renditions, *tracks), ()),
        "measure:0": ("measure", ("ingest", *renditions), ("package",)),
        "verify": (
            "verify",
            ("ingest", "analyze", "package", *measures, *renditions, *tracks, "thumbnails"),
            (),
        ),
        "publish": ("publish", ("package", "verify", "thumbnails"), ()),
    }


def test_the_longest_work_comes_first() -> None:
    assert next(iter(steps(plan()))) == "encode:0"


def test_chapters_of_a_sidecar_depend_on_that_file_alone() -> None:
    planned = steps(plan(spec(chapters="chapters.vtt")))
    assert planned["chapters"].inputs == ("ingest#chapters",)


def test_every_rung_is_scored_at_the_size_of_the_largest() -> None:
    measure = from_json(MeasureParams, steps(plan())["measure:0"].params)
    assert [rung.name for rung in measure.rungs] == [LOW, TOP]
    assert (measure.width, measure.height, measure.subsample) == (640, 360, None)
    assert measure.burn_in is False
    assert measure.limits == {TOP: {"harmonic_mean": (80.0,), "p5": (70.0,), "p1": (60.0,)}}


def test_pictures_too_large_to_score_many_at_once_are_scored_in_turns() -> None:
    made = plan()
    one = from_json(MeasureParams, steps(made)["measure:0"].params)
    large = replace(one.treatment, picture_width=3840, picture_height=2160)
    rungs = tuple(replace(one.rungs[0], name=f"rung-{number}") for number in range(5))
    ladder = replace(made.ladder, rungs=rungs)
    pictures = Pictures(large, one.timeline, ladder, (), burn_in=None)
    planned = measure_steps(pictures, QcPolicy(sampling="full"))
    assert [step.label for step in planned] == [f"measure h264 {n}/3" for n in (1, 2, 3)]
    found = [from_json(MeasureParams, step.params) for step in planned]
    assert [[rung.name for rung in each.rungs] for each in found] == [
        ["rung-0", "rung-1"],
        ["rung-2", "rung-3"],
        ["rung-4"],
    ]
    assert [list(each.limits) for each in found] == [[], [], ["rung-4"]]
    assert {each.subsample for each in found} == {1}


def test_cuts_make_chunks_that_meet_again_in_the_stitch() -> None:
    planned = steps(plan(cuts=Cuts((0, 2, 4))))
    assert planned[f"stitch:{TOP}"].inputs == tuple(f"encode:{n}#{TOP}" for n in range(3))
    assert [planned[f"encode:{n}"].params["chunk"]["start_frame"] for n in range(3)] == [
        *(0, 300, 600),
    ]
    assert planned[f"stitch:{TOP}"].params["chunks"] == [
        planned[f"encode:{n}"].params["chunk"] for n in range(3)
    ]


def test_chunks_are_planned_from_the_beginning_of_the_title_on() -> None:
    planned = steps(plan(spec(subtitles=(subtitle("en"),), burn_in="en"), cuts=Cuts((0, 2, 4))))
    assert [key for key in planned if key.startswith(("encode", "stitch"))] == [
        *(f"encode:{n}" for n in range(3)),
        *(f"stitch:{rung}" for rung in (LOW, TOP)),
    ]


def test_steps_have_labels_that_people_can_read() -> None:
    planned = steps(plan(cuts=Cuts((0, 2, 4))))
    assert {key: step.label for key, step in planned.items() if step.label} == {
        "encode:0": "encode h264 1/3",
        "encode:1": "encode h264 2/3",
        "encode:2": "encode h264 3/3",
        f"stitch:{LOW}": "stitch h264 180p-300k",
        f"stitch:{TOP}": "stitch h264 360p-900k",
        "measure:0": "measure h264",
        "audio:audio-0-stereo": "audio en",
    }


def test_every_step_has_the_size_of_its_kind() -> None:
    assert {step.kind: step.size.resource for step in steps(plan()).values()} == {
        **dict.fromkeys(("stitch", "chapters", "package", "publish"), Resource.IO),
        **dict.fromkeys(("encode", "audio"), Resource.CPU),
        **dict.fromkeys(("measure", "thumbnails", "verify"), Resource.QC),
    }


def test_the_treatment_follows_the_source_and_what_analysis_saw() -> None:
    hlg = replace(VIDEO, index=2, colour=Colour(transfer="arib-std-b67"), display_width=853)
    found = media(video=(hlg,), format="mpegts", start_s=Fraction("1.4"))
    params = steps(plan(found=found, seen=analysis(interlaced=True)))["encode:0"].params
    assert from_json(Treatment, params["treatment"]) == Treatment(
        stream_index=2,
        fps=FPS,
        deinterlace=True,
        tone_map=True,
        display_width=853,
        display_height=360,
        picture_width=640,
        picture_height=270,
        colour=Colour("bt2020", "arib-std-b67", "bt2020nc", "tv"),
        preroll_s=10,
        start_s=Fraction("1.4"),
    )


@pytest.mark.parametrize(
    ("form", "preroll_s"),
    [("mov,mp4", 1), ("mpegts", 10), ("webp_anim", 9)],  # all of it, where no seek helps
)
def test_decoding_begins_as_early_as_a_format_needs_it(form: str, preroll_s: int) -> None:
    timeline = Timeline(FPS, math.ceil(Fraction(17, 2) * FPS))
    made = make_treatment(VIDEO, media(format=form), analysis(timeline=timeline))
    assert made.preroll_s == preroll_s


def test_a_rungs_key_material_is_all_that_changes_its_pixels() -> None:
    params = steps(plan())["encode:0"].params
    made = parts(from_json(EncodeParams, params))
    assert list(made) == [LOW, TOP]
    assert made[TOP] == {
        "treatment": {
            k: v for k, v in params["treatment"].items() if k not in ("mastering", "light", "crop")
        },
        "timeline": params["timeline"],
        "chunk": params["chunk"],
        "burn_in": False,
        "rung": {
            k: v
            for k, v in params["rungs"][1].items()
            if k not in ("reason", "bit_depth", "dynamic_range", "film_grain", "zones")
        },
    }


def test_what_older_rungs_do_not_have_is_key_material_where_it_is_not_as_theirs() -> None:
    params = from_json(EncodeParams, steps(plan())["encode:0"].params)
    rung = replace(params.rungs[0], bit_depth=10, dynamic_range="hlg", film_grain=5)
    (made,) = parts(replace(params, rungs=(rung,))).values()
    assert {name: made["rung"][name] for name in ("bit_depth", "dynamic_range", "film_grain")} == {
        "bit_depth": 10,
        "dynamic_range": "hlg",
        "film_grain": 5,
    }


def test_the_step_stores_the_ladder_and_adds_the_plan(step_context: MakeContext) -> None:
    context = step_context(
        params=LadderParams(POLICY, ("h264",)),
        inputs={
            "ingest": Part(to_json(Source("0" * 64, media()))),
            "analyze": Part(to_json(analysis())),
            "cut": Part(to_json(WHOLE)),
        },
        spec=spec(),
    )
    result = ladder_step.run(context)
    planned = plan()
    assert result.products[""].facts == to_json(planned.ladder)
    assert tuple(result.more_steps) == planned.steps
