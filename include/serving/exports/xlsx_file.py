"""XLSX: the rows on one sheet, their units and descriptions on a second one.

A cell holds a number of 15 digits and a text of 32,767 characters at most. Longer numbers are written as texts, so that
no digit is lost; longer texts are refused. Instants are dates of the sheet, in UTC. No text is a formula or a link.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from include.serving.exports.columns import Column
from include.serving.exports.content import Content
from include.serving.exports.errors import ExportError

MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
# What xlsxwriter answers where it has shortened a text.
WAS_CUT = -2
EXACT_BELOW = 10**15
# Sheets count days from 1900, and have a day that never was at the end of its February.
EPOCH_DAY, FIRST_DAY = 25_569, 61
US_PER_DAY = 86_400_000_000
WIDEST = 40


class TooLongError(ExportError):
    """There are more rows than a sheet has."""

    def __init__(self) -> None:
        super().__init__(
            f"the rows are more than the {MOST_ROWS:,} that a sheet has; write Parquet or CSV, or fewer of them"
        )


class XlsxFile:
    """Takes rows and writes them as they come."""

    def __init__(self, file: Path, columns: Sequence[Column], content: Content) -> None:
        """Begin a file; what is to be said of it is written at its end."""
        # One row at a time is held; what is written lies beside the file until it is closed.
        options = {"constant_memory": True, "tmpdir": str(file.parent)}
        self._book = xlsxwriter.Workbook(str(file), options)
        # Only what is beyond 4 GB makes use of it.
        self._book.use_zip64()
        self._columns, self._content = columns, content
        self._heading = self._book.add_format({"bold": True})
        self._sheet = self._book.add_worksheet("Rows")
        self._rows = 0
        self._writers = [self._writer(column) for column in columns]
        self._head()

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows. Raises ExportError where they are more than a sheet has, or a text is longer than a cell's."""
        if self._rows + rows.num_rows > MOST_ROWS:
            raise TooLongError
        cells = [_cells(column) for column in rows.columns]
        for values in zip(*cells, strict=True):
            self._rows += 1
            for place, (value, write) in enumerate(zip(values, self._writers, strict=True)):
                if value is not None:
                    write(self._rows, place, value)

    def close(self) -> None:
        """End the file."""
        self._sheet.autofilter(0, 0, self._rows, len(self._columns) - 1)
        self._tell()
        self._book.close()

    def _head(self) -> None:
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, min(WIDEST, max(12, len(column.name) + 2)))
            self._sheet.write_string(0, place, column.name, self._heading)

    def _writer(self, column: Column) -> Callable[[int, int, Any], Any]:
        """Return what writes a cell of a column: each value as what it is, a text as a text."""
        sheet, form = self._sheet, self._form(column.type)

        def write(row: int, place: int, value: Any) -> None:
            if isinstance(value, str):
                self._write_text(row, place, value)
            elif isinstance(value, bool):
                sheet.write_boolean(row, place, value)
            else:
                sheet.write_number(row, place, value, form)

        return write

    def _write_text(self, row: int, place: int, text: str) -> None:
        if self._sheet.write_string(row, place, text) == WAS_CUT:
            raise ExportError(
                f"a text of {self._columns[place].name} is longer than the {MOST_CHARACTERS:,} characters of a cell; "
                "write Parquet or CSV"
            )

    def _form(self, kind: pa.DataType) -> Any:
        """Return how the numbers of a column are shown."""
        if pa.types.is_timestamp(kind):
            return self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        if pa.types.is_date(kind):
            return self._book.add_format({"num_format": "yyyy-mm-dd"})
        if pa.types.is_decimal(kind) and kind.scale:
            return self._book.add_format({"num_format": f"0.{'0' * kind.scale}"})
        return None

    def _tell(self) -> None:
        sheet = self._book.add_worksheet("Columns")
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 2, 100)
        for place, text in enumerate(("column", "unit", "description")):
            sheet.write_string(0, place, text, self._heading)
        for row, column in enumerate(self._columns, start=1):
            for place, text in enumerate((column.name, column.unit or "", column.description or "")):
                sheet.write_string(row, place, text[:MOST_CHARACTERS])
        for row, (name, text) in enumerate(self._content.facts.items(), start=len(self._columns) + 2):
            sheet.write_string(row, 0, name, self._heading)
            sheet.write_string(row, 1, text[:MOST_CHARACTERS])


def _cells(column: pa.Array) -> list[Any]:
    """Return the values of a column as cells hold them: numbers, truths, texts, None for null."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _days(column)
    values: list[Any] = column.to_pylist()
    if pa.types.is_string(column.type):
        return values
    if pa.types.is_floating(column.type):
        return [value if value is None or abs(value) < float("inf") else str(value) for value in values]
    if pa.types.is_decimal(column.type):
        return [None if value is None else _decimal(value) for value in values]
    return [str(value) if value is not None and abs(value) >= EXACT_BELOW else value for value in values]


def _days(column: pa.Array) -> list[Any]:
    """Return instants as sheets count them; a text where they do not reach back so far."""
    instants = column.cast(pa.timestamp("us")) if pa.types.is_date(column.type) else column
    counted = pc.cast(instants, pa.int64()).to_pylist()
    days = [None if at_us is None else at_us / US_PER_DAY + EPOCH_DAY for at_us in counted]
    if all(day is None or day >= FIRST_DAY for day in days):
        return days
    texts = pc.cast(column, pa.string()).to_pylist()
    return [text if day is not None and day < FIRST_DAY else day for day, text in zip(days, texts, strict=True)]


def _decimal(value: Decimal) -> float | str:
    return float(value) if len(value.as_tuple().digits) < len(str(EXACT_BELOW)) else format(value, "f")
