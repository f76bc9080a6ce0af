"""Scores of single frames, and the file that keeps them."""

from __future__ import annotations

import io
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from farm.scores import FrameScore
from qc.frames import UnreadableFrames, from_parquet, in_columns, to_parquet
from tests.unit.reported import FRAMES, TOP

SCORE = st.integers(0, 100_000).map(lambda thousandths: thousandths / 1000)
FRAME = st.builds(
    FrameScore,
    frame=st.integers(0, 2**31 - 1),
    time_s=st.integers(0, 10**12).map(lambda microseconds: microseconds / 10**6),
    vmaf=SCORE,
    ssim=st.integers(0, 1_000_000).map(lambda millionths: millionths / 10**6),
    psnr=SCORE,
)


@given(st.lists(FRAME, max_size=20))
def test_scores_come_back_to_the_last_decimal(scores: list[FrameScore]) -> None:
    assert list(from_parquet(to_parquet(in_columns(scores)))) == scores


def test_others_can_read_the_file() -> None:
    table = parquet.read_table(pa.BufferReader(to_parquet(FRAMES[TOP])))
    assert {field.name: str(field.type) for field in table.schema} == {
        **{"frame": "int32", "time_s": "double"},
        **{"vmaf": "float", "ssim": "float", "psnr": "float"},
    }
    assert table.column("frame").to_pylist() == list(range(0, 1000, 5))


def test_the_file_is_compressed_and_holds_no_more_than_it_needs() -> None:
    metadata = parquet.ParquetFile(pa.BufferReader(to_parquet(FRAMES[TOP]))).metadata
    columns = [metadata.row_group(0).column(at) for at in range(metadata.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    assert not any(column.is_stats_set for column in columns)
    assert {column.path_in_schema: set(column.encodings) - {"RLE"} for column in columns} == {
        "frame": {"DELTA_BINARY_PACKED"},
        **{name: {"BYTE_STREAM_SPLIT"} for name in ("time_s", "vmaf", "ssim", "psnr")},
    }


def test_scores_have_three_decimals_and_ssim_six() -> None:
    finer = FrameScore(1, 0.123456789, vmaf=91.23456, ssim=0.123456789, psnr=41.23456)
    (kept,) = in_columns([finer])
    assert kept == FrameScore(1, 0.123456789, vmaf=91.235, ssim=0.123457, psnr=41.235)


def test_equal_scores_make_equal_bytes() -> None:
    assert to_parquet(FRAMES[TOP]) == to_parquet(in_columns(FRAMES[TOP]))


def rewritten(table: pa.Table) -> bytes:
    written = io.BytesIO()
    parquet.write_table(table, written)
    return written.getvalue()


def test_a_file_in_several_groups_of_rows_is_read_whole() -> None:
    written = io.BytesIO()
    table = parquet.read_table(pa.BufferReader(to_parquet(FRAMES[TOP])))
    parquet.write_table(table, written, row_group_size=7)
    assert from_parquet(written.getvalue()) == FRAMES[TOP]


def test_what_is_no_file_of_scores_is_refused() -> None:
    whole = to_parquet(FRAMES[TOP])
    table = parquet.read_table(pa.BufferReader(whole))
    holes = table.set_column(2, "vmaf", pa.nulls(len(table), pa.float32()))
    for damaged, words in (
        (b"", "no Parquet file"),
        (whole[:-30], "no Parquet file"),
        (rewritten(table.drop_columns(["psnr"])), "its columns are frame"),
        (rewritten(holes), "scores are missing"),
    ):
        with pytest.raises(UnreadableFrames, match=words):
            from_parquet(damaged)


def test_columns_know_their_length_and_frames() -> None:
    frames = FRAMES[TOP]
    assert (len(frames), frames[1]) == (200, FrameScore(5, 0.2, frames[1].vmaf, 0.98, 40.0))
    assert replace(frames) == frames
