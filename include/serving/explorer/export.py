"""A result as a table of Arrow's, from which files are made."""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

_PLAIN = (bool, int, float, str, bytes, Decimal, datetime, date, time, timedelta)


def arrow_table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Return rows as Arrow has them; a column that Arrow has no type for is text."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.Table.from_arrays([_array(column) for column in columns], names=_unique(names))


def as_csv(table: pa.Table) -> bytes:
    """Return the table as CSV, with a heading, in UTF-8.

    Values stand as they are, `=…` too, which a spreadsheet takes for a formula: a file is for machines first, and what
    would be put before such a text would be read back as part of it.
    """
    texts = [_csv_column(column) for column in table.columns]
    sink = io.BytesIO()
    pyarrow.csv.write_csv(pa.Table.from_arrays(texts, names=table.column_names), sink)
    return sink.getvalue()


def as_parquet(table: pa.Table) -> bytes:
    """Return the table as Parquet."""
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()


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


def _csv_column(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_binary(column.type):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    if pa.types.is_duration(column.type) or pa.types.is_null(column.type):
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())
    return column


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=str)
    return str(value)


def _unique(names: Iterable[str]) -> list[str]:
    """Return the names with a number after each that was there before: a file wants them to differ."""
    held: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for name in names:
        wanted = name
        while wanted in held:
            # Counted on from where it was left: there can be 1,600 columns of one name.
            numbers[name] = numbers.get(name, 1) + 1
            wanted = f"{name}_{numbers[name]}"
        held[wanted] = None
    return list(held)
