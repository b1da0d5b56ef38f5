"""Parquet: exact types; units and descriptions as metadata of the fields, what is said of all rows as the file's.

Readers of Arrow find both in the schema; all others find the file's in its key-value metadata.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet

from include.serving.exports.columns import Column
from include.serving.exports.content import Content

# Rows are read back by groups: large ones are read fast, and each is held here until it is full.
GROUP_ROWS = 131_072
GROUP_BYTES = 32_000_000


class ParquetFile:
    """Takes rows and writes them group by group."""

    def __init__(self, sink: Path | BinaryIO, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pyarrow.parquet.ParquetWriter(sink, schema)
        self._held: list[pa.RecordBatch] = []

    @classmethod
    def of(cls, file: Path, columns: Sequence[Column], content: Content) -> "ParquetFile":
        """Begin a file with all that is to be said of it."""
        return cls(file, pa.schema([column.field for column in columns], metadata=content.facts))

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows."""
        self._held.append(rows)
        held_rows, held_bytes = sum(each.num_rows for each in self._held), sum(each.nbytes for each in self._held)
        if held_rows >= GROUP_ROWS or held_bytes >= GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        """End the file."""
        if self._held:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        # The batches know nothing of what is said of the file.
        table = pa.Table.from_batches(self._held).replace_schema_metadata(self._schema.metadata)
        self._writer.write_table(table)
        self._held = []
