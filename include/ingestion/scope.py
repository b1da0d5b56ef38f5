"""What an answer speaks for: which rows it may hold, and which known rows are gone if it does not hold them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from psycopg2 import sql

from include.ingestion.window import Window
from include.settlement import HALF_HOUR, day_started_at


class Scope(Protocol):
    """Names itself, by `str()`, as `ops.loads` keeps it."""

    @property
    def covers(self) -> Window | None:
        """The instants it speaks for; None where it speaks for none."""

    def fields(self, column: str | None) -> tuple[str, ...]:
        """Return the fields that tell whether a record is of it; `column` is the one the dataset is asked for by."""

    def holds(self, record: Any, column: str | None) -> bool:
        """Tell whether a record is of it."""

    def instant(self, record: Any, column: str | None) -> datetime | None:
        """Return the instant by which a record is told to lie near it; None where there is none."""

    def condition(self, column: str | None) -> sql.Composable:
        """Return the condition that a row of the raw table is of it."""


@dataclass(frozen=True)
class SettlementDays:
    """Whole settlement days, both ends included. Raises ValueError where they are turned round."""

    first: date
    last: date
    period: str | None = None
    """The field that has the settlement period; None where rows have none."""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"the first settlement day, {self.first}, is later than the last, {self.last}")

    def __str__(self) -> str:
        return f"settlement days {self.first} to {self.last}"

    @property
    def covers(self) -> Window:
        """From the first day's first half-hour on, until the last day's last one has ended."""
        return Window(day_started_at(self.first), day_started_at(self.last + timedelta(days=1)))

    def fields(self, column: str | None) -> tuple[str, ...]:
        """Return the settlement date."""
        return (_named(column),)

    def holds(self, record: Any, column: str | None) -> bool:
        """Tell whether a record's settlement date is one of the days."""
        return bool(self.first <= getattr(record, _named(column)) <= self.last)

    def instant(self, record: Any, column: str | None) -> datetime | None:
        """Return when its settlement period begins, else its day."""
        periods = 0 if self.period is None else getattr(record, self.period) - 1
        return day_started_at(getattr(record, _named(column))) + periods * HALF_HOUR

    def condition(self, column: str | None) -> sql.Composable:
        """Return the condition on the settlement date."""
        return sql.SQL("{} between {} and {}").format(
            sql.Identifier(_named(column)), sql.Literal(self.first), sql.Literal(self.last)
        )


@dataclass(frozen=True)
class Snapshot:
    """All there is at one time: what it does not hold is gone."""

    covers: None = None

    def __str__(self) -> str:
        return "snapshot"

    def fields(self, column: str | None) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def holds(self, record: Any, column: str | None) -> bool:
        """Tell that every record is of it."""
        return True

    def instant(self, record: Any, column: str | None) -> datetime | None:
        """Return None: it has no edge."""
        return None

    def condition(self, column: str | None) -> sql.Composable:
        """Return a condition that every row meets."""
        return sql.SQL("true")


@dataclass(frozen=True)
class OfFile:
    """A file that speaks for one thing (`meter_id` 7, say) over a window, and for nothing else."""

    path: str
    owner: tuple[str, Any]
    """Column and value that its rows have in common."""
    covers: Window

    def __str__(self) -> str:
        return self.path

    def fields(self, column: str | None) -> tuple[str, ...]:
        """Return the owner's and the window's."""
        return (self.owner[0], *self.covers.fields(column))

    def holds(self, record: Any, column: str | None) -> bool:
        """Tell whether a record is of the file's owner and window."""
        name, value = self.owner
        return bool(getattr(record, name) == value) and self.covers.holds(record, column)

    def instant(self, record: Any, column: str | None) -> datetime | None:
        """Return the instant of its window; None for a record of another owner."""
        name, value = self.owner
        return self.covers.instant(record, column) if getattr(record, name) == value else None

    def condition(self, column: str | None) -> sql.Composable:
        """Return the condition on owner and window."""
        name, value = self.owner
        return sql.SQL("{} = {} and {}").format(sql.Identifier(name), sql.Literal(value), self.covers.condition(column))


def _named(column: str | None) -> str:
    if column is None:
        raise ValueError("the dataset names no field by which it is asked for")
    return column
