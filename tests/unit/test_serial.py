"""Exact JSON of what steps hand to each other."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.facts import Analysis, Loudness
from farm.found import Span
from farm.ladder import Chunk, Timeline
from farm.parts import FileRef, Part
from farm.serial import digest, from_json, to_json


def test_an_analysis_survives_json_exactly() -> None:
    analysis = Analysis(
        timeline=Timeline(Fraction(30000, 1001), 900),
        duration_s=Fraction(30030, 1000),
        interlaced=False,
        scene_cuts_s=(1.5, 2.25),
        crop=(1920, 800, 0, 140),
        black=(Span(0.0, 1.0),),
        freeze=(),
        silence=(),
        loudness=(Loudness(1, -23.0, 7.0, -1.0, -33.0),),
        spatial_information=40.5,
        temporal_information=None,
        missing_s=0.0,
    )
    assert from_json(Analysis, to_json(analysis)) == analysis


@given(st.fractions(min_value=0), st.integers(0, 10**9))
def test_fractions_stay_exact_in_json(fps: Fraction, frames: int) -> None:
    timeline = Timeline(fps, frames)
    assert from_json(Timeline, to_json(timeline)) == timeline


def test_the_digest_does_not_depend_on_key_order() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_a_parts_digest_counts_facts_and_contents_but_not_keys_or_evidence() -> None:
    first = Part({"n": 1}, {"f": FileRef("work/1/f", "ab", 3)}, {"took_s": 1})
    moved = Part({"n": 1}, {"f": FileRef("work/2/f", "ab", 3)}, {"took_s": 9})
    other = Part({"n": 1}, {"f": FileRef("work/1/f", "cd", 3)})
    assert first.digest == moved.digest
    assert first.digest != other.digest


def test_what_is_not_the_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="frames"):
        from_json(Chunk, {"index": 0, "start_frame": 0, "tail_frames": 0})
