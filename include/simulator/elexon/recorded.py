"""Recorded rows, served by the same routes, windows and rules as simulated ones.

They lie in tables of a database in memory, in columns where they were recorded as tables, in their own text where they
were recorded as the API's JSON. `told` is the instant on which windows are laid, `started` that which a row tells of.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from heapq import merge
from typing import Any

import duckdb

from include.simulator.elexon.answers import LATEST_REACHES_S
from include.simulator.elexon.asking import Asked
from include.simulator.elexon.datasets import SERIES
from include.simulator.elexon.reference import ALIASES
from include.simulator.elexon.rows import Row, WrittenRow
from include.simulator.elexon.settlement import DAY_S, half_hour_of, period_at, seconds_of, stamp

ROWS_AT_ONCE = 2_000
TEXTS = "texts"
SETTLED = ("settlementDate", "settlementPeriod")
# Members that say when what a row tells of began.
STARTS = ("startTime", "timeFrom", "time", "measurementTime")
# A row may be told so long after the day it is labelled with, or be labelled with the day after.
SLACK_S = DAY_S

RowsOf = Callable[..., Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """Where rows of a dataset lie: what to select, and how rows are made of it."""

    name: str
    columns: str
    rows_of: RowsOf
    condition: str = "true"

    def query(self, column: str) -> str:
        return (
            f"SELECT told, {self.columns} FROM {self.name} WHERE {self.condition}"  # noqa: S608 - names of our own
            f" AND {column} BETWEEN ? AND ? ORDER BY told DESC, number"
        )


@dataclass
class Recordings:
    """All that was recorded: tables by dataset; system prices by settlement period; the BM units."""

    tables: dict[str, list[Table]] = field(default_factory=dict)
    prices: dict[tuple[str, int], Row | float] = field(default_factory=dict)
    units: list[Row] = field(default_factory=list)

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        database = duckdb.connect(":memory:")
        database.execute("CREATE SEQUENCE numbers")
        return database

    def add(self, code: str, table: Table) -> None:
        """Let a dataset be told by a table, once."""
        known = self.tables.setdefault(code, [])
        if table.name not in {each.name for each in known}:
            known.append(table)

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Take in rows as the API tells them; those that are written keep their text."""
        told = [(str(ALIASES.get(row["dataset"], row["dataset"])), row) for row in rows]
        self.database.execute(
            f"CREATE TABLE IF NOT EXISTS {TEXTS}"
            " (code VARCHAR, told BIGINT, started BIGINT, text VARCHAR, number BIGINT DEFAULT nextval('numbers'))"
        )
        listed = [(code, _at(code, row), _started(code, row), _text(row)) for code, row in told]
        if listed:
            columns = [list(column) for column in zip(*listed, strict=True)]
            self.database.execute(
                f"INSERT INTO {TEXTS} (code, told, started, text) SELECT unnest(?), unnest(?), unnest(?), unnest(?)",
                columns,
            )
        for code in {code for code, _ in told}:
            self.add(code, Table(TEXTS, "text", lambda text: [WrittenRow(text)], f"code = '{code}'"))


def _text(row: Row) -> str:
    return row.text if isinstance(row, WrittenRow) else json.dumps(row, separators=(",", ":"))


def _at(code: str, row: Row) -> int:
    axis = SERIES[code].axis
    return _seconds(row[axis]) if axis and row.get(axis) else _started(code, row)


def _started(code: str, row: Row) -> int:
    """Return when what a row tells of began; where it has a settlement period only, the beginning of that."""
    member = SERIES[code].period_member
    for name in STARTS:
        if row.get(name):
            return _seconds(row[name])
    if row.get("settlementDate") and row.get(member):
        return period_at(half_hour_of(date.fromisoformat(row["settlementDate"]), row[member])).start_s
    return _seconds(row[SERIES[code].axis or "settlementDate"])


def _seconds(text: str) -> int:
    read = datetime.fromisoformat(text)
    return seconds_of(read) if read.tzinfo else seconds_of(datetime.fromisoformat(f"{text}Z"))


@dataclass(frozen=True)
class Recorded:
    """One dataset as it was recorded."""

    code: str
    recordings: Recordings
    clock_s: int

    def rows(self, asked: Asked) -> Iterator[Row]:
        """Yield what is asked for, the newest first."""
        if asked.window is None:
            return self._latest(asked)
        span = asked.window.span
        column, slack_s = ("started", SLACK_S) if span.is_of_starts else ("told", 0)
        rows = self._between(column, span.begin_s - slack_s, span.end_s + slack_s)
        return (row for row in rows if asked.holds(row))

    def updated(self) -> str | None:
        """Return the newest instant that was recorded, as the API writes it."""
        newest = self._newest_s()
        return None if newest is None else stamp(newest)

    def _latest(self, asked: Asked) -> Iterator[Row]:
        newest = self._newest_s()
        if newest is None:
            return iter(())
        reach_s = LATEST_REACHES_S.get(self.code)
        begin_s = newest if reach_s is None else newest - reach_s
        return (row for row in self._between("told", begin_s, self.clock_s) if asked.holds(row))

    def _newest_s(self) -> int | None:
        found = [
            self._cursor()
            .execute(f"SELECT max(told) FROM {table.name} WHERE {table.condition} AND told <= ?", [self.clock_s])  # noqa: S608 - names of our own
            .fetchone()
            for table in self.recordings.tables[self.code]
        ]
        return max((row[0] for row in found if row and row[0] is not None), default=None)

    def _between(self, column: str, begin_s: int, end_s: int) -> Iterator[Row]:
        """Yield what is known at the clock, from all tables."""
        tables = self.recordings.tables[self.code]
        told_by, clock = SERIES[self.code].told_by, stamp(self.clock_s)
        found = merge(*(self._of(table, column, begin_s, end_s) for table in tables), key=lambda each: -each[0])
        for at, row in found:
            if at <= self.clock_s and (told_by is None or (row.get(told_by) or "") <= clock):
                yield row

    def _of(self, table: Table, column: str, begin_s: int, end_s: int) -> Iterator[tuple[int, Row]]:
        cursor = self._cursor().execute(table.query(column), [begin_s, end_s])
        while some := cursor.fetchmany(ROWS_AT_ONCE):
            for at, *values in some:
                yield from ((at, row) for row in table.rows_of(*values))

    def _cursor(self) -> Any:
        # A thread of its own needs a cursor of its own.
        return self.recordings.database.cursor()
