"""A result as a table of Arrow's, from which files are made."""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from include.serving.exports.columns import unique_names
from include.serving.exports.csv_file import CsvFile
from include.serving.exports.parquet_file import ParquetFile

_PLAIN = (bool, int, float, str, bytes, Decimal, datetime, date, time, timedelta)


def arrow_table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Return rows as Arrow has them; a column that Arrow has no type for is text."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.Table.from_arrays([_array(column) for column in columns], names=unique_names(names))


def as_csv(table: pa.Table) -> bytes:
    """Return the table as CSV, with a heading, in UTF-8."""
    return _as_file(table, CsvFile)


def as_parquet(table: pa.Table) -> bytes:
    """Return the table as Parquet."""
    return _as_file(table, ParquetFile)


def file_name(ending: str, *, is_simulated: bool) -> str:
    """Return the name of a file of results, which says so itself where its rows are simulated."""
    return f"{'simulated-' if is_simulated else ''}query.{ending}"


def _array(column: Iterable[Any]) -> pa.Array:
    values = list(column)
    if not all(value is None or isinstance(value, _PLAIN) for value in values):
        return pa.array([_text(value) for value in values], pa.string())
    try:
        return pa.array(values)
    # A TypeError is what Arrow says of a number that is none, such as numeric's NaN.
    except (pa.ArrowException, TypeError, OverflowError):
        return pa.array([_text(value) for value in values], pa.string())


def _as_file(table: pa.Table, kind: type[CsvFile] | type[ParquetFile]) -> bytes:
    sink = io.BytesIO()
    file = kind(sink, table.schema)
    for rows in table.to_batches():
        file.write(rows)
    file.close()
    return sink.getvalue()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=str)
    return str(value)
