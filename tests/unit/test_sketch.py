"""The sketch of a title: what FFmpeg is asked for, and what is read of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from farm.command import Limits
from media.graphs.analyze import analyze_source
from media.graphs.sketch import read_sketch, sample_frames
from tests.unit.test_probe import recorded


def test_each_picture_is_encoded_small_with_key_frames_a_second_apart() -> None:
    args = analyze_source(recorded("film"), Limits()).args
    end = args.index("sketch.txt")
    told = args[args.index("mpeg4") - 1 : end]
    assert told[told.index("-g") + 1] == "24"
    assert told[told.index("-q:v") + 1] == "3"


def test_a_sample_is_a_second_and_more_of_the_longest_titles() -> None:
    assert sample_frames(Fraction(24000, 1001), Fraction(60)) == 24
    assert sample_frames(Fraction(25), Fraction(16000)) == 50
    assert sample_frames(Fraction(1, 10), Fraction(60)) == 1


def test_samples_are_mean_bits_of_a_picture_in_octaves(tmp_path: Path) -> None:
    sizes = [1000, 100, 100, 100, 8]  # bytes
    lines = [f"0, {n}, {n}, 1, {size}, 0x00000000\n" for n, size in enumerate(sizes)]
    (tmp_path / "sketch.txt").write_text("#tb 0: 1/25\n" + "".join(lines))
    # 8 * 1300 / 4 bits, then 64
    assert read_sketch(tmp_path, Fraction(4), Fraction(2)) == (11.34, 6.0)


def test_no_picture_is_no_sample(tmp_path: Path) -> None:
    (tmp_path / "sketch.txt").write_text("#tb 0: 1/25\n")
    assert read_sketch(tmp_path, Fraction(24), Fraction(1)) == ()
