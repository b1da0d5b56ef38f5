"""Which half-hours a page shows, and how finely: days in Great Britain, presets, intervals. Pure functions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from include.settlement import HALF_HOUR, LONDON, day_started_at

# So many points draw quickly, and a screen has no more columns of pixels to give them.
MOST_POINTS = 2_000


class Preset(StrEnum):
    """Ranges that end with the newest half-hour, and so move with it; `DAYS` is for days the reader picked."""

    LAST_24_HOURS = "24h"
    LAST_7_DAYS = "7d"
    LAST_30_DAYS = "30d"
    LAST_YEAR = "1y"
    ALL = "all"
    DAYS = "days"


class Interval(StrEnum):
    """How long one point lasts. Days, months and years are London's."""

    HALF_HOUR = "30min"
    HOUR = "1h"
    DAY = "1d"
    MONTH = "1mo"
    YEAR = "1y"

    @property
    def label(self) -> str:
        """What the reader sees."""
        return _LABELS[self]

    @property
    def shortest(self) -> timedelta:
        """The least that one point lasts."""
        return _SHORTEST[self]

    @property
    def is_within_day(self) -> bool:
        """Whether a day has several points, which are named by their instants; else they are named by dates."""
        return self in (Interval.HALF_HOUR, Interval.HOUR)


_LABELS = {
    Interval.HALF_HOUR: "30 min",
    Interval.HOUR: "1 hour",
    Interval.DAY: "1 day",
    Interval.MONTH: "1 month",
    Interval.YEAR: "1 year",
}
_SHORTEST = {
    Interval.HALF_HOUR: HALF_HOUR,
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(hours=23),
    Interval.MONTH: timedelta(days=28),
    Interval.YEAR: timedelta(days=365),
}
PRESET_DAYS = {Preset.LAST_7_DAYS: 7, Preset.LAST_30_DAYS: 30, Preset.LAST_YEAR: 365}


@dataclass(frozen=True)
class Span:
    """A half-open span of instants (UTC): it holds its start and not its end."""

    started_at: datetime
    ended_at: datetime

    @property
    def days(self) -> tuple[date, date]:
        """First and last day in London that it touches."""
        return self.started_at.astimezone(LONDON).date(), (self.ended_at - HALF_HOUR).astimezone(LONDON).date()

    def points(self, interval: Interval) -> int:
        """Return how many points it comes to, at most."""
        return -(-(self.ended_at - self.started_at) // interval.shortest)


@dataclass(frozen=True)
class Published:
    """First and newest half-hour of what a page draws, each by its start: those published, or those runs began in."""

    first_at: datetime
    newest_at: datetime

    @property
    def whole(self) -> Span:
        """All of it."""
        return Span(self.first_at, self.newest_at + HALF_HOUR)


def span_of_days(first: date, last: date) -> Span:
    """Return whole days, the last one included. Raises ValueError where they are turned round."""
    if first > last:
        raise ValueError(f"the first day, {first}, is later than the last, {last}")
    return Span(day_started_at(first), day_started_at(last + timedelta(days=1)))


def span_of(preset: Preset, published: Published, days: tuple[date, date] | None = None) -> Span:
    """Return what a choice of range means for what is published.

    Of picked days it is those with something published; where none has, they stand as they were picked.
    """
    ended_at = published.newest_at + HALF_HOUR
    if preset is Preset.DAYS and days is not None:
        return span_of_days(*(_common(days, published.whole.days) or days))
    if preset is Preset.LAST_24_HOURS:
        return Span(ended_at - timedelta(hours=24), ended_at)
    if preset in PRESET_DAYS:
        last = published.newest_at.astimezone(LONDON).date()
        return span_of_days(last - timedelta(days=PRESET_DAYS[preset] - 1), last)
    return published.whole


def _common(some: tuple[date, date], others: tuple[date, date]) -> tuple[date, date] | None:
    """Return the days that are in both, each given by its first and last day; None where there are none."""
    first, last = max(some[0], others[0]), min(some[1], others[1])
    return (first, last) if first <= last else None


def same_time_before(instant: datetime, days: int) -> datetime:
    """Return the instant (UTC) at which clocks in London showed the same time so many days before.

    Of a time that was shown twice it is the first; a time that was skipped is taken as the hour after it.
    """
    # Arithmetic within one time zone is that of the clock on the wall.
    return (instant.astimezone(LONDON) - timedelta(days=days)).astimezone(UTC)


def usual_interval(span: Span) -> Interval:
    """Return the interval that shows a span well, where the reader named none."""
    length = span.ended_at - span.started_at
    for longest, interval in (
        (timedelta(days=8), Interval.HALF_HOUR),
        (timedelta(days=60), Interval.HOUR),
        (timedelta(days=800), Interval.DAY),
    ):
        if length <= longest:
            return interval
    return Interval.MONTH


def drawable(asked: Interval, span: Span) -> Interval:
    """Return the interval asked for, or the finest coarser one of at most MOST_POINTS points."""
    intervals = list(Interval)
    coarser = intervals[intervals.index(asked) :]
    return next((interval for interval in coarser if span.points(interval) <= MOST_POINTS), Interval.YEAR)
