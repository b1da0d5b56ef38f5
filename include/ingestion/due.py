"""What a run has to ask for: why it was started, what its trigger form says, and the scopes that follow from both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from include.ingestion.scope import Scope
from include.ingestion.window import Window, instant

if TYPE_CHECKING:
    from include.ingestion.dataset import Dataset


YOUNG_FOR = timedelta(hours=12)


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
    """The typed params of a run's trigger form, as far as its DAG has them."""

    start: str | None = None
    end: str | None = None
    full_history: bool = False
    look_back_days: float | None = None
    """None: as far as each dataset looks back by itself."""
    force_publish: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Request":
        """Read Airflow's `params`."""
        return cls(**{each.name: params[each.name] for each in fields(cls) if each.name in params})

    @property
    def look_back(self) -> timedelta | None:
        """How far back it asks, where it says so."""
        return None if self.look_back_days is None else timedelta(days=self.look_back_days)

    def window(self, occasion: Occasion, *, first_at: datetime, look_back: timedelta) -> Window | None:
        """Return the window that was named: by the params, else by a backfill's interval; None where none was.

        Raises ValueError where the params contradict each other or cannot be read.
        """
        if self.full_history:
            if self.start or self.end:
                raise ValueError("full_history asks for everything; leave start and end empty")
            return Window(first_at, occasion.instant)
        if self.start or self.end:
            end = instant(self.end) if self.end else occasion.instant
            return Window(instant(self.start) if self.start else end - look_back, end)
        return Window(*occasion.interval) if occasion.is_backfill and occasion.interval else None


@dataclass(frozen=True)
class Asked:
    """One answer that a run asks for."""

    scope: Scope
    is_routine: bool = False
    """Whether the run asks by itself, as scheduled runs do, rather than for a window that somebody named."""
    edition: str | None = None
    """What the publisher said of its last change, or is to have said by then; None where it was not asked yet."""
    is_young: bool = False
    """Whether its scope began so shortly before the run that it may have no rows yet."""


def due(dataset: "Dataset", request: Request, occasion: Occasion) -> list[Asked]:
    """Return what a run has to ask for of a dataset. Raises ValueError as `Request.window` does."""
    look_back = request.look_back or dataset.limits.look_back
    if dataset.first_at is not None:
        window = request.window(occasion, first_at=dataset.first_at, look_back=look_back)
        if window is not None:
            return [Asked(scope, is_young=_is_young(scope, occasion)) for scope in dataset.named(window, occasion)]
    return [_routine(each, occasion) for each in dataset.routine(occasion, look_back)]


def _routine(each: Scope | Asked, occasion: Occasion) -> Asked:
    return each if isinstance(each, Asked) else Asked(each, is_routine=True, is_young=_is_young(each, occasion))


def _is_young(scope: Scope, occasion: Occasion) -> bool:
    return scope.covers is not None and scope.covers.start > occasion.instant - YOUNG_FOR


def look_back_by_days(occasion: Occasion, look_back: timedelta, time_zone: str = "Europe/London") -> Sequence[Scope]:
    """Return the window of whole days that ends with the run: its first day is held from its first period on."""
    zone = ZoneInfo(time_zone)
    first = (occasion.instant - look_back).astimezone(zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return [Window(midnight.astimezone(UTC), occasion.instant)]


def as_named(window: Window, _: Occasion) -> Sequence[Scope]:
    """Return a window that somebody named as it is, asked for at once."""
    return [window]
