"""The Parquet file that keeps what is expected between a rendition's scored frames."""

from __future__ import annotations

import io
from array import array

from qc.frames import UnreadableFrames
from qc.sampling.curve import ScoreCurve

CURVE_NAME = "curve.parquet"
# Types of the columns, as `array` names them: i is int32, f float32.
CURVE_COLUMNS = {"frame": "i", "expected": "f", "low": "f", "high": "f"}


def curve_to_parquet(curve: ScoreCurve) -> bytes:
    """Return a Parquet file of the curve; equal curves make equal bytes."""
    import pyarrow as pa
    from pyarrow import parquet

    written = io.BytesIO()
    columns = {name: getattr(curve, name) for name in CURVE_COLUMNS}
    table = pa.table(
        [pa.array(columns[name], kind) for name, kind in _types().items()], names=list(columns)
    )
    parquet.write_table(
        table, written, compression="zstd", use_dictionary=False, write_statistics=False
    )
    return written.getvalue()


def curve_from_parquet(data: bytes) -> ScoreCurve:
    """Return the curve of a file that `curve_to_parquet` wrote; raise UnreadableFrames else."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFrames(f"no Parquet file: {error}") from error
    if {field.name: field.type for field in table.schema} != _types():
        raise UnreadableFrames(f"its columns are {', '.join(table.schema.names) or 'none'}")
    if any(column.null_count for column in table.columns):
        raise UnreadableFrames("scores are missing")
    return ScoreCurve(
        **{
            name: array(code, table.column(name).to_pylist())
            for name, code in CURVE_COLUMNS.items()
        }
    )


def _types() -> dict[str, object]:
    import pyarrow as pa

    of = {"i": pa.int32(), "f": pa.float32()}
    return {name: of[code] for name, code in CURVE_COLUMNS.items()}
