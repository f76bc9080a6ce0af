"""Patches above chunks: what is taken from where, what is cut, and what people read of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import Chunk, Shot, Timeline, Treatment, Zone
from farm.plan import building_on
from farm.repairs import Patch, Repair, patches_of, repair_record
from farm.serial import from_json, to_json
from ladders.chunks import tail_frames
from ladders.patches import Piece, lay_out
from media.graphs.patched import joint_of
from planning.params import EncodeParams, StitchParams
from planning.remakes import on_processor
from qc.report.repaired import repairs_told
from tests.unit.test_repairs import RUNG
from workers.steps.stitch import chunk_references
from workers.steps.stitch import parts as stitch_parts

TIMELINE = Timeline(Fraction(24), 288)
TREATMENT = Treatment(0, Fraction(24), False, False, 640, 360)
CHUNKS = (Chunk(0, 0, 144, 40), Chunk(1, 144, 144, 0))
FIRST = Patch(Chunk(2, 96, 96, 40), Fraction(4), Fraction(8), 30, 22, 41.5)
SECOND = Patch(Chunk(3, 120, 24, 40), Fraction(5), Fraction(6), 22, 18.5, 58.0)
REPAIRS = (
    Repair(80.0, 60.0, 42.0, 40.0, (FIRST,)),
    Repair(88.0, 75.0, 58.0, 57.0, (SECOND,)),
)


@pytest.mark.parametrize(
    ("encodes", "pieces"),
    [
        ([(0, 240)], [(0, 0, 240)]),
        ([(0, 120), (120, 120)], [(0, 0, 120), (1, 120, 120)]),
        ([(0, 240), (96, 48)], [(0, 0, 96), (1, 96, 48), (0, 144, 96)]),
        ([(0, 240), (0, 48)], [(1, 0, 48), (0, 48, 192)]),
        ([(0, 240), (192, 48)], [(0, 0, 192), (1, 192, 48)]),
        # Over a seam, and above a patch; what is wholly covered is used nowhere.
        ([(0, 120), (120, 120), (96, 48)], [(0, 0, 96), (2, 96, 48), (1, 144, 96)]),
        ([(0, 240), (96, 48), (72, 96)], [(0, 0, 72), (2, 72, 96), (0, 168, 72)]),
        ([(0, 240), (96, 48), (96, 24)], [(0, 0, 96), (2, 96, 24), (1, 120, 24), (0, 144, 96)]),
    ],
)
def test_later_encodes_lie_above_those_before(
    encodes: list[tuple[int, int]], pieces: list[tuple[int, int, int]]
) -> None:
    chunks = [Chunk(n, start, frames, 0) for n, (start, frames) in enumerate(encodes)]
    assert lay_out(chunks) == tuple(Piece(*piece) for piece in pieces)


def test_chunks_are_cut_where_patches_lie_above_them() -> None:
    params = StitchParams(RUNG, TIMELINE, CHUNKS, repairs=REPAIRS)
    joint = joint_of(RUNG, TIMELINE, params.encodes)
    assert joint.names == (
        *("chunk-0000-000.mp4", "chunk-0002-000.mp4", "chunk-0003.mp4", "chunk-0002-002.mp4"),
        "chunk-0001-001.mp4",
    )
    assert joint.encodes == {0, 1, 2, 3}
    assert joint.several
    at = {cut.label: cut.args[cut.args.index("-segment_frames") + 1] for cut in joint.cuts}
    assert at == {
        f"cut {RUNG.name} chunk 0": "96",
        f"cut {RUNG.name} chunk 2": "24,48",
        f"cut {RUNG.name} chunk 1": "48",
    }
    assert joint.cuts[0].args[-1] == "file:chunk-0000-%03d.mp4"
    half = replace(RUNG, fps=Fraction(12), gop_frames=12)
    [cut, *_] = joint_of(half, TIMELINE, params.encodes).cuts
    assert cut.args[cut.args.index("-segment_frames") + 1] == "48"  # of its own frames


def test_a_rendition_without_patches_is_joined_as_ever() -> None:
    assert joint_of(RUNG, TIMELINE, CHUNKS).names == ("chunk-0000.mp4", "chunk-0001.mp4")
    assert joint_of(RUNG, TIMELINE, CHUNKS).cuts == ()
    assert not joint_of(RUNG, TIMELINE, [Chunk(0, 0, 288, 0)]).several
    plain = StitchParams(RUNG, TIMELINE, CHUNKS)
    assert "repairs" not in stitch_parts(plain)[""]  # known from before there were any
    assert stitch_parts(replace(plain, repairs=REPAIRS))[""]["repairs"]
    assert from_json(StitchParams, {**to_json(plain), "repairs": [to_json(REPAIRS[0])]}) == (
        replace(plain, repairs=REPAIRS[:1])
    )


def test_a_patch_is_told_by_its_number() -> None:
    assert [patch.chunk.index for patch in patches_of(REPAIRS)] == [2, 3]
    references = [f"encode:0#{RUNG.name}", f"encode:{RUNG.name}:repair:2#{RUNG.name}"]
    assert chunk_references(references) == {0: references[0], 2: references[1]}
    assert tail_frames(TIMELINE, 192) == 40
    assert tail_frames(TIMELINE, 271) == 16


def test_a_patch_is_made_again_on_the_processor_with_its_own_crf() -> None:
    params = StitchParams(RUNG, TIMELINE, CHUNKS, treatment=TREATMENT, repairs=REPAIRS)
    shots = (Shot(0, 120, {RUNG.name: 1.0}),)
    step = on_processor(replace(params, shots=shots), FIRST.chunk)
    assert step.key == f"encode:{RUNG.name}:repair:cpu:2"
    assert step.label == "encode h264 360p-2000k 3/4 on the CPU"
    [made] = from_json(EncodeParams, step.params).rungs
    assert (made.crf, made.zones) == (22, (Zone(0, 23, 1.0),))
    assert on_processor(params, CHUNKS[1]).key == f"encode:{RUNG.name}:1"


def test_what_consumes_something_that_changes_is_done_again_however_far_behind() -> None:
    inputs = {
        **{"in": (), "one": ("in",), "two": ("in",), "score": ("one#top",), "pack": ("one", "two")},
        **{"judge": ("pack", "score"), "publish": ("judge", "pack"), "still": ("in",)},
    }
    assert building_on(inputs, ["one"]) == {"one", "score", "pack", "judge", "publish"}
    assert building_on(inputs, ["score"]) == {"score", "judge", "publish"}
    assert building_on(inputs, []) == set()


def test_people_read_what_each_repair_came_to() -> None:
    now = {"harmonic_mean": 91.0, "p5": 80.0, "p1": 71.25, "min": 64.0}
    repaired = [repair_record(repair) for repair in REPAIRS]
    assert repaired[0]["patches"] == [
        {"start_s": 4.0, "end_s": 8.0, "low": 41.5, "crf": 30, "new_crf": 22}
    ]
    first, second = repairs_told(RUNG.name, repaired, now)
    assert (first.where, first.crf) == ("0:04.00 to 0:08.00", "30 → 22")
    assert (first.p1, first.harmonic_mean) == ("42.0 → 58.0", "80.0 → 88.0")
    assert (second.p1, second.p5, second.lowest) == ("58.0 → 71.2", "75.0 → 80.0", "57.0 → 64.0")
    [before_scores] = repairs_told(RUNG.name, repaired[:1], None)
    assert before_scores.p1 == "42.0 → –"
    assert repairs_told(RUNG.name, [], now) == []
