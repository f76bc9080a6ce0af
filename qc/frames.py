"""Every single score of a rendition, as columns, and the Parquet file that keeps them.

Two hours at 24 fps are 172,800 frames: as columns of machine numbers they are 4 MB and read in
milliseconds, as objects they would be a hundred times that.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from farm.scores import FrameScore

FRAMES_NAME = "frames.parquet"
# Types of the columns, as `array` names them: i is int32, d float64, f float32. Seven digits hold
# scores of three decimals up to 100, and SSIM's six below 1; times of two hours need more.
COLUMNS = {"frame": "i", "time_s": "d", "vmaf": "f", "ssim": "f", "psnr": "f"}
BESIDE = ("xpsnr", "cambi", "cambi_added")  # columns that are there where they were asked for
SCORE_DECIMALS, SSIM_DECIMALS = 3, 6


class UnreadableFrames(ValueError):
    """The file is not one that `to_parquet` wrote."""


@dataclass(frozen=True, slots=True)
class ScoredFrames:
    """Columns of equal length, in the order of the title; `frame` is the rendition's own count."""

    frame: array[int]
    time_s: array[float]
    vmaf: array[float]
    ssim: array[float]
    psnr: array[float]
    xpsnr: array[float] | None = None
    cambi: array[float] | None = None
    cambi_added: array[float] | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, index: int) -> FrameScore:
        """Return one frame's scores, with the very decimals they were measured with."""
        return FrameScore(
            frame=self.frame[index],
            time_s=self.time_s[index],
            vmaf=round(self.vmaf[index], SCORE_DECIMALS),
            ssim=round(self.ssim[index], SSIM_DECIMALS),
            psnr=round(self.psnr[index], SCORE_DECIMALS),
            **{
                name: round(column[index], SCORE_DECIMALS) for name, column in self.beside().items()
            },
        )

    def __iter__(self) -> Iterator[FrameScore]:
        return (self[index] for index in range(len(self)))

    def beside(self) -> dict[str, array[float]]:
        """Return the columns that not every policy asks for, as far as they are there."""
        columns = {name: getattr(self, name) for name in BESIDE}
        return {name: column for name, column in columns.items() if column is not None}


def in_columns(scores: Iterable[FrameScore]) -> ScoredFrames:
    """Return the scores of frames as columns; what one of them lacks is left out of all."""
    rows = tuple(scores)
    there = [name for name in BESIDE if all(getattr(row, name) is not None for row in rows)]
    return ScoredFrames(
        **{
            name: array(code, (getattr(row, name) for row in rows))
            for name, code in _codes(there if rows else ()).items()
        }
    )


def to_parquet(frames: ScoredFrames) -> bytes:
    """Return a Parquet file of the columns, compressed with zstd; equal frames make equal bytes."""
    import pyarrow as pa
    from pyarrow import parquet

    codes = _codes(frames.beside())
    columns = [
        pa.Array.from_buffers(kind, len(frames), [None, pa.py_buffer(getattr(frames, name))])
        for name, kind in column_types(codes).items()
    ]
    written = io.BytesIO()
    parquet.write_table(
        pa.table(columns, names=list(codes)),
        written,
        compression="zstd",
        use_dictionary=False,  # hardly a score occurs twice
        # Bytes of like significance side by side: zstd makes half of them.
        use_byte_stream_split=[name for name, code in codes.items() if code != "i"],
        column_encoding={"frame": "DELTA_BINARY_PACKED"},
        write_statistics=False,
    )
    return written.getvalue()


def from_parquet(data: bytes) -> ScoredFrames:
    """Return the columns of a file that `to_parquet` wrote; raise UnreadableFrames for another."""
    return ScoredFrames(**read_columns(data, COLUMNS, BESIDE))


def read_columns(
    data: bytes, codes: Mapping[str, str], beside: Collection[str] = ()
) -> dict[str, array[Any]]:
    """Return the columns of a Parquet file, which are those of `codes` and any of `beside`.

    Raises UnreadableFrames where it has others, or gaps.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFrames(f"no Parquet file: {error}") from error
    found = {**codes, **{name: "f" for name in beside if name in table.schema.names}}
    if {field.name: field.type for field in table.schema} != column_types(found):
        raise UnreadableFrames(f"its columns are {', '.join(table.schema.names) or 'none'}")
    if any(column.null_count for column in table.columns):
        raise UnreadableFrames("scores are missing")
    return {name: _numbers(table.column(name), code) for name, code in found.items()}


def column_types(codes: Mapping[str, str]) -> dict[str, object]:
    """Return pyarrow's types of columns, given what `array` calls them."""
    import pyarrow as pa

    of = {"i": pa.int32(), "d": pa.float64(), "f": pa.float32()}
    return {name: of[code] for name, code in codes.items()}


def _codes(beside: Iterable[str]) -> dict[str, str]:
    return {**COLUMNS, **dict.fromkeys(beside, "f")}


def _numbers(column: Any, code: str) -> array[Any]:
    numbers = array(code)
    for chunk in column.chunks:
        begin, size = chunk.offset * numbers.itemsize, len(chunk) * numbers.itemsize
        numbers.frombytes(memoryview(chunk.buffers()[1])[begin : begin + size])
    return numbers
