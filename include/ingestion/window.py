"""The span of time a run asks for. Spans are half-open: they hold their start and not their end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any


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

    def pages(self, span: timedelta) -> Iterator["Window"]:
        """Cut the window into consecutive windows of at most `span`."""
        start = self.start
        while start < self.end:
            end = min(start + span, self.end)
            yield Window(start, end)
            start = end


@dataclass(frozen=True)
class Asked:
    """What a run was asked for: its window, and the look-back where that is what set it."""

    window: Window
    look_back_days: int | None

    @property
    def is_default(self) -> bool:
        """Whether the run looks back from its own instant, as hourly runs do."""
        return self.look_back_days is not None


@dataclass(frozen=True)
class Occasion:
    """When and why Airflow started a run: its data interval, if it has one, and the instant it was due."""

    run_after: datetime
    interval: tuple[datetime, datetime] | None = None
    is_backfill: bool = False

    @classmethod
    def of(cls, dag_run: Any) -> "Occasion":
        """Read Airflow's `dag_run`. Runs triggered by hand have no data interval."""
        start, end = dag_run.data_interval_start, dag_run.data_interval_end
        interval = (start, end) if start is not None and end is not None and start < end else None
        run_type = getattr(dag_run.run_type, "value", dag_run.run_type)
        return cls(dag_run.run_after, interval, is_backfill=run_type == "backfill")

    @property
    def instant(self) -> datetime:
        """The instant the run speaks for: the end of its interval, else when it was due; never the wall clock."""
        return self.interval[1] if self.interval else self.run_after


@dataclass(frozen=True)
class Request:
    """The typed params of a run's trigger form."""

    start: str | None = None
    end: str | None = None
    full_history: bool = False
    look_back_days: int = 100
    force_publish: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Request":
        """Read Airflow's `params`."""
        return cls(**{each.name: params[each.name] for each in fields(cls)})


def asked(request: Request, occasion: Occasion, *, first_at: datetime) -> Asked:
    """Return what a run is to fetch: from its params, else its data interval (backfills), else its look-back.

    Raises ValueError where the params contradict each other or cannot be read.
    """
    if request.full_history:
        if request.start or request.end:
            raise ValueError("full_history asks for everything; leave start and end empty")
        return Asked(Window(first_at, occasion.instant), None)
    if request.start or request.end:
        end = instant(request.end) if request.end else occasion.instant
        start = instant(request.start) if request.start else end - timedelta(days=request.look_back_days)
        return Asked(Window(start, end), None)
    if occasion.is_backfill and occasion.interval:
        return Asked(Window(*occasion.interval), None)
    start = occasion.instant - timedelta(days=request.look_back_days)
    return Asked(Window(start, occasion.instant), request.look_back_days)


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
