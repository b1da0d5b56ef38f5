"""CSV, in UTF-8 and with a heading: null is nothing, an empty text is `""`, and values stand as they are.

So does a text that begins with `=`, which a spreadsheet takes for a formula: a file is for machines first, and what
would be put before such a text would be read back as part of it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv

from include.serving.exports.columns import Column

# Arrow writes decimals with more places as powers of ten where they are small.
MOST_PLACES = 6


class CsvFile:
    """Takes rows and writes them as they come."""

    def __init__(self, sink: Path | BinaryIO, schema: pa.Schema) -> None:
        self._schema = pa.schema([pa.field(field.name, _printed_type(field.type)) for field in schema])
        self._writer = pyarrow.csv.CSVWriter(sink, self._schema)

    @classmethod
    def of(cls, file: Path, columns: Sequence[Column]) -> "CsvFile":
        """Begin a file; what there is to be said of its columns stands beside it."""
        return cls(file, pa.schema([column.field for column in columns]))

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows."""
        printed = [_printed(column) for column in rows.columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(printed, schema=self._schema))

    def close(self) -> None:
        """End the file."""
        self._writer.close()


def _printed_type(kind: pa.DataType) -> pa.DataType:
    is_scientific = pa.types.is_decimal(kind) and kind.scale > MOST_PLACES
    has_none = pa.types.is_binary(kind) or pa.types.is_duration(kind) or pa.types.is_null(kind)
    return pa.string() if is_scientific or has_none else kind


def _printed(column: pa.Array) -> pa.Array:
    """Return a column as it can be printed."""
    if _printed_type(column.type) == column.type:
        return column
    if pa.types.is_binary(column.type):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    form = "f" if pa.types.is_decimal(column.type) else ""
    texts = [None if value is None else (format(value, form) if form else str(value)) for value in column.to_pylist()]
    return pa.array(texts, pa.string())
