"""The published table as it stands at one instant: half-hours and what is said of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.simulator.weather import Instants

Positions = NDArray[np.int64]

# Half-hours that stay together when the table is stored: about a week, and no divisor of a day.
BLOCK_ROWS = 331

FIRST_STORED = np.datetime64("2009-06-01T05:00", "s")
LAST_STORED = np.datetime64("2023-06-30T23:30", "s")


@dataclass(frozen=True)
class Column:
    """One column: numbers (NaN is null) with the decimals each is spelt with, or texts without any."""

    values: NDArray[Any]
    decimals: NDArray[np.int8] | None

    @property
    def is_text(self) -> bool:
        return self.decimals is None

    def take(self, rows: Positions) -> "Column":
        return Column(self.values[rows], None if self.decimals is None else self.decimals[rows])


@dataclass(frozen=True)
class Table:
    """All half-hours of one publication; `separator` stands between date and time in the file."""

    started_at: Instants
    columns: dict[str, Column]
    separator: str = "T"

    def __len__(self) -> int:
        return len(self.started_at)

    def take(self, rows: Positions) -> "Table":
        """Return these rows, in this order."""
        taken = {name: column.take(rows) for name, column in self.columns.items()}
        return Table(self.started_at[rows], taken, self.separator)

    def with_columns(self, columns: dict[str, Column]) -> "Table":
        return Table(self.started_at, columns, self.separator)


@dataclass(frozen=True)
class Edition:
    """One publication: the table and the instant (UTC) at which it was put out."""

    published_at: datetime
    table: Table


def as_stored(table: Table) -> Table:
    """Return the table in the order of its storage, which is not that of time.

    An unsorted query of the real table begins at 2009-06-01 05:00 and ends at 2023-06-30 23:30.
    """
    rows = np.arange(len(table))
    first = np.searchsorted(table.started_at, FIRST_STORED) % max(len(table), 1)
    last = np.searchsorted(table.started_at, LAST_STORED, side="right") % max(len(table), 1)
    block = (rows - first) // BLOCK_ROWS
    block -= block.min(initial=0)
    rank = np.random.default_rng(1).permutation(int(block.max(initial=0)) + 1)[block] + 1
    rank[(rows >= first) & (rows < first + BLOCK_ROWS)] = 0
    rank[(rows >= last - BLOCK_ROWS) & (rows < last)] = len(table)
    return table.take(np.argsort(rank, kind="stable"))
