"""The span of time a run asks for. Spans are half-open: they hold their start and not their end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg2 import sql


@dataclass(frozen=True, order=True)
class Window:
    """A half-open span of instants. Raises ValueError where it is naive, empty or turned round."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs instants with a time zone")
        if self.start >= self.end:
            raise ValueError(f"the window must start before it ends, got {self}")

    def __str__(self) -> str:
        return f"[{self.start:%Y-%m-%d %H:%M}, {self.end:%Y-%m-%d %H:%M}) UTC"

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def covers(self) -> "Window":
        """Itself: as a scope, a window speaks for its instants."""
        return self

    def fields(self, column: str | None) -> tuple[str, ...]:
        """Return the field of the instant, if there is one."""
        return () if column is None else (column,)

    def holds(self, record: Any, column: str | None) -> bool:
        """Tell whether a record's instant lies within."""
        return column is None or self.start <= getattr(record, column) < self.end

    def instant(self, record: Any, column: str | None) -> datetime | None:
        """Return a record's instant, if it has one."""
        return None if column is None else getattr(record, column)

    def condition(self, column: str | None) -> sql.Composable:
        """Return the condition that a row's instant lies within."""
        if column is None:
            return sql.SQL("true")
        return sql.SQL("{0} >= {1} and {0} < {2}").format(
            sql.Identifier(column), sql.Literal(self.start), sql.Literal(self.end)
        )

    def years(self) -> Iterator["Window"]:
        """Cut the window where years (UTC) turn."""
        start = self.start
        while start < self.end:
            end = min(datetime(start.astimezone(UTC).year + 1, 1, 1, tzinfo=UTC), self.end)
            yield Window(start, end)
            start = end

    def pages(self, span: timedelta) -> Iterator["Window"]:
        """Cut the window into consecutive windows of at most `span`."""
        start = self.start
        while start < self.end:
            end = min(start + span, self.end)
            yield Window(start, end)
            start = end


def instant(text: str) -> datetime:
    """Read an ISO instant; a bare date, and an instant without offset, mean UTC. Raises ValueError."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def as_utc(published: datetime) -> datetime:
    """Return a publisher's UTC instant, written with or without its offset. Raises ValueError for another offset."""
    if published.tzinfo is None:
        return published.replace(tzinfo=UTC)
    if published.utcoffset():
        raise ValueError(f"Expected UTC, got an offset of {published:%z}")
    return published.astimezone(UTC)
