"""The Parquet file that keeps what is expected between a rendition's scored frames."""

from __future__ import annotations

import io

from qc.frames import column_types, read_columns
from qc.sampling.curve import ScoreCurve

CURVE_NAME = "curve.parquet"
# Types of the columns, as `array` names them: i is int32, f float32.
CURVE_COLUMNS = {"frame": "i", "expected": "f", "low": "f", "high": "f"}


def curve_to_parquet(curve: ScoreCurve) -> bytes:
    """Return a Parquet file of the curve; equal curves make equal bytes."""
    import pyarrow as pa
    from pyarrow import parquet

    written = io.BytesIO()
    types = column_types(CURVE_COLUMNS)
    columns = [pa.array(getattr(curve, name), kind) for name, kind in types.items()]
    table = pa.table(columns, names=list(types))
    parquet.write_table(
        table, written, compression="zstd", use_dictionary=False, write_statistics=False
    )
    return written.getvalue()


def curve_from_parquet(data: bytes) -> ScoreCurve:
    """Return the curve of a file that `curve_to_parquet` wrote; raise UnreadableFrames else."""
    return ScoreCurve(**read_columns(data, CURVE_COLUMNS))
