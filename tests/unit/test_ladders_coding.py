"""How the rungs of a codec are coded for a title: range, depth, effort, caps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from farm.ladder import CodecName, Treatment
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import Colour, DynamicRange
from ladders.coding import Coding, coding
from ladders.fit import fit_ladder
from ladders.load import load_policy

SDR = Treatment(0, Fraction(24), False, False, 1920, 1080)
PQ = replace(SDR, tone_map=True, colour=Colour("bt2020", "smpte2084", "bt2020nc", "tv"))
HLG = replace(PQ, colour=Colour("bt2020", "arib-std-b67", "bt2020nc", "tv"))
POLICY = LadderPolicy(
    name="mine",
    preset="fast",
    hevc_preset="slow",
    av1_preset=5,
    film_grain=12,
    rungs=tuple(
        PolicyRung(codec=codec, width=640, height=360, max_bps=900_000, crf=30)
        for codec in ("h264", "hevc", "av1")
    ),
)


@pytest.mark.parametrize(
    ("treatment", "kept"), [(SDR, "sdr"), (PQ, "hdr10"), (HLG, "hlg")], ids=["sdr", "pq", "hlg"]
)
def test_h264_is_sdr_of_8_bits_and_the_others_keep_what_the_source_is(
    treatment: Treatment, kept: DynamicRange
) -> None:
    assert coding(POLICY, "h264", treatment) == Coding("fast", 8, "sdr", 0)
    assert coding(POLICY, "hevc", treatment) == Coding("slow", 10, kept, 0)
    assert coding(POLICY, "av1", treatment) == Coding("5", 10, kept, 12)


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_a_policy_may_have_hdr_tone_mapped_and_sdr_in_8_bits(codec: CodecName) -> None:
    mapped = POLICY.model_copy(update={"hdr": "tone-map"})
    found = coding(mapped, codec, PQ)
    assert (found.dynamic_range, found.bit_depth) == ("sdr", 10)
    shallow = POLICY.model_copy(update={"bit_depth": 8})
    assert coding(shallow, codec, SDR).bit_depth == 8
    assert coding(shallow, codec, PQ).bit_depth == 10  # HDR knows no fewer
    assert coding(mapped.model_copy(update={"bit_depth": 8}), codec, PQ).bit_depth == 8


def test_hdr_has_caps_of_its_own_where_the_ladder_gives_any() -> None:
    policy = load_policy("apple-hevc")
    caps = {
        name: [rung.max_bps // 1000 for rung in fit_ladder(policy, of, ("hevc",)).rungs]
        for name, of in (("sdr", SDR), ("pq", PQ), ("hlg", HLG))
    }
    assert caps["sdr"] == [145, 300, 600, 900, 1600, 2400, 3400, 4500, 5800]
    assert caps["pq"] == caps["hlg"] == [160, 360, 730, 1090, 1930, 2900, 4080, 5400, 7000]
    plain = fit_ladder(POLICY, PQ, ("h264", "hevc", "av1")).rungs
    assert {rung.max_bps for rung in plain} == {900_000}


def test_a_ladder_of_three_codecs_keeps_them_on_one_grid() -> None:
    ladder = fit_ladder(load_policy("all"), replace(SDR, fps=Fraction(60000, 1001)))
    assert [sum(rung.codec == codec for rung in ladder.rungs) for codec in ("h264", "hevc", "av1")]
    assert {rung.codec for rung in ladder.rungs} == {"h264", "hevc", "av1"}
    assert {rung.gop_frames / rung.fps for rung in ladder.rungs} == {Fraction(1001, 500)}
    assert ladder.segment_s == Fraction(3003, 500)
    assert len({rung.name for rung in ladder.rungs}) == len(ladder.rungs)
