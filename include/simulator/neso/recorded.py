"""Recorded copies of the published file, served with their own numbers and their own spelling.

A whole copy has DATETIME and the published columns. A change log has `captured_at` and `change` beside them and
holds, for each capture, the half-hours that were new or had changed: the copy as of an instant is the last line of
each half-hour.
"""

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from include.simulator.neso.columns import DATETIME, MEASURES
from include.simulator.neso.table import Column, Edition, Table
from include.simulator.weather import Instants, as_datetime, as_numpy

CAPTURED_AT, CHANGE = "captured_at", "change"

# How long after the newest half-hour a copy without its own instant was put out.
USUAL_DELAY = timedelta(hours=1, minutes=48)


class RecordedCopyError(Exception):
    """The file cannot be read as a copy of the published table."""


@dataclass(frozen=True)
class RecordedCopies:
    """All lines of the recorded files, and when each was captured (None for whole copies)."""

    table: Table
    captured_at: Instants | None

    @classmethod
    def read(cls, paths: Iterable[Path]) -> "RecordedCopies":
        """Read one file, or several of the same columns, of which the later one holds. Raises RecordedCopyError."""
        files = [_read(path) for path in paths]
        if any(set(file) != set(files[0]) for file in files):
            raise RecordedCopyError("the recorded copies have different columns: serve them one at a time")
        rows = {name: [text for file in files for text in file[name]] for name in files[0]}
        captured = rows.pop(CAPTURED_AT, None)
        rows.pop(CHANGE, None)
        separator = " " if " " in rows[DATETIME][0] else "T"
        columns = {name: _column(rows[name]) for name in _in_file_order(rows)}
        table = Table(_instants(rows[DATETIME]), columns, separator)
        return cls(table, _instants(captured) if captured else None)

    def edition_at(self, as_of: datetime | None) -> Edition:
        """Return the copy as of an instant, or the last one. Raises RecordedCopyError before the first capture."""
        if self.captured_at is None:
            table = _latest_lines(self.table, np.arange(len(self.table)))
            return Edition(as_of or as_datetime(table.started_at[-1]) + USUAL_DELAY, table)
        limit = self.captured_at.max() if as_of is None else as_numpy(as_of)
        known = np.flatnonzero(self.captured_at <= limit)
        if not len(known):
            raise RecordedCopyError(f"the change log begins at {self.captured_at.min()}Z, after {limit}Z")
        return Edition(as_datetime(self.captured_at[known].max()), _latest_lines(self.table, known))

    def captures(self) -> list[datetime]:
        """Return the instants of all captures, oldest first; none for whole copies."""
        return [] if self.captured_at is None else [as_datetime(instant) for instant in np.unique(self.captured_at)]


def _read(path: Path) -> dict[str, list[str]]:
    try:
        with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        raise RecordedCopyError(f"{path} cannot be read: {error}") from error
    if DATETIME not in header or not rows or any(len(row) != len(header) for row in rows):
        raise RecordedCopyError(f"{path} is no copy of the table: no rows, uneven rows or no column {DATETIME}")
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def _in_file_order(rows: dict[str, list[str]]) -> list[str]:
    """Return the columns as the CSV download orders them; unknown ones last."""
    known = [name for name in MEASURES if name in rows]
    return known + [name for name in rows if name not in (*known, DATETIME)]


def _instants(texts: list[str]) -> Instants:
    """Read UTC instants, with T or a blank, with or without an offset of nothing."""
    plain = [text.removesuffix("Z").removesuffix("+00:00").replace(" ", "T") for text in texts]
    try:
        return np.array(plain, dtype="datetime64[s]")
    except ValueError as error:
        raise RecordedCopyError(f"a time cannot be read: {error}") from error


def _column(texts: list[str]) -> Column:
    """Return numbers with the decimals they are spelt with; texts where one cell is no number."""
    spellings = {text: _decimals(text) for text in set(texts)}
    if any(decimals is None for decimals in spellings.values()):
        return Column(np.array(texts, dtype=object), None)
    values = {text: float(text) if text else np.nan for text in spellings}
    return Column(np.array([values[text] for text in texts]), np.array([spellings[text] for text in texts], np.int8))


def _decimals(text: str) -> int | None:
    """Return the count of decimals in a plainly spelt number; None where it is something else."""
    whole, _, fraction = text.removeprefix("-").partition(".")
    if text and not (whole.isdigit() and (fraction.isdigit() or not fraction)):
        return None
    return len(fraction)


def _latest_lines(table: Table, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Table:
    """Return the last of these lines for each half-hour, in the order of time."""
    newest_first = rows[::-1]
    _, first = np.unique(table.started_at[newest_first], return_index=True)
    return table.take(newest_first[first])
