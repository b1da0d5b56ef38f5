"""Which periods a page shows, and how finely: ranges of days in a time zone, presets, intervals. Pure functions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# So many points draw quickly, and a screen has no more columns of pixels to give them.
MOST_POINTS = 2_000
DAY = timedelta(days=1)


class Preset(StrEnum):
    """Ranges that end with the newest period, and so move with it; `DAYS` is for days the reader picked."""

    LAST_24_HOURS = "24h"
    LAST_7_DAYS = "7d"
    LAST_30_DAYS = "30d"
    LAST_YEAR = "1y"
    ALL = "all"
    DAYS = "days"


class Interval(StrEnum):
    """How long one point lasts. Days, months and years are those of the series' time zone."""

    FIVE_MINUTES = "5min"
    HALF_HOUR = "30min"
    HOUR = "1h"
    DAY = "1d"
    MONTH = "1mo"
    YEAR = "1y"

    @property
    def label(self) -> str:
        """What the reader sees."""
        number = self.value.rstrip("abcdefghijklmnopqrstuvwxyz")
        return f"{number} {_UNITS[self]}"

    @property
    def unit(self) -> str:
        """How PostgreSQL calls one."""
        return _UNITS[self]

    @property
    def length(self) -> timedelta:
        """How long it lasts; a month and a year, the shortest of them."""
        return _LENGTHS[self]

    @property
    def shortest(self) -> timedelta:
        """The least that one point lasts: clocks make a day an hour shorter."""
        return self.length - timedelta(hours=1) if self is Interval.DAY else self.length

    @property
    def is_within_day(self) -> bool:
        """Whether a day has several points, which are named by their instants; else they are named by dates."""
        return self.length < DAY

    def name_of(self, bucket_at: datetime, zone: ZoneInfo) -> str:
        """Return what readers call the interval that begins at an instant; one of days is given by its date in UTC."""
        if self.is_within_day:
            return told(bucket_at, zone)
        forms = {Interval.DAY: f"%a {bucket_at.day} %b %Y", Interval.MONTH: "%B %Y", Interval.YEAR: "%Y"}
        return f"{bucket_at:{forms[self]}}"


_UNITS = {
    Interval.FIVE_MINUTES: "min",
    Interval.HALF_HOUR: "min",
    Interval.HOUR: "hour",
    Interval.DAY: "day",
    Interval.MONTH: "month",
    Interval.YEAR: "year",
}
_LENGTHS = {
    Interval.FIVE_MINUTES: timedelta(minutes=5),
    Interval.HALF_HOUR: timedelta(minutes=30),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: DAY,
    Interval.MONTH: timedelta(days=28),
    Interval.YEAR: timedelta(days=365),
}
# Up to which length of a range each interval shows it well.
_USUAL = {
    Interval.FIVE_MINUTES: 2 * DAY,
    Interval.HALF_HOUR: 8 * DAY,
    Interval.HOUR: 60 * DAY,
    Interval.DAY: 800 * DAY,
    Interval.MONTH: timedelta.max,
}
PRESET_DAYS = {Preset.LAST_7_DAYS: 7, Preset.LAST_30_DAYS: 30, Preset.LAST_YEAR: 365}


@dataclass(frozen=True)
class Span:
    """A half-open span of instants (UTC): it holds its start and not its end. Its days are those of a time zone."""

    started_at: datetime
    ended_at: datetime
    zone: ZoneInfo

    @property
    def days(self) -> tuple[date, date]:
        """First and last day that it touches."""
        last_instant = self.ended_at - timedelta(microseconds=1)
        return self.started_at.astimezone(self.zone).date(), last_instant.astimezone(self.zone).date()

    def points(self, interval: Interval) -> int:
        """Return how many points it comes to, at most."""
        return -(-(self.ended_at - self.started_at) // interval.shortest)

    def whole(self, interval: Interval) -> "Span":
        """Return it with the days, months or years whole that it touches; as it is, where the interval is shorter."""
        if interval.is_within_day or self.ended_at <= self.started_at:
            return self
        first, last = (_first_day(interval, day) for day in self.days)
        following = _first_day(
            interval, last + {Interval.DAY: 1, Interval.MONTH: 31, Interval.YEAR: 366}[interval] * DAY
        )
        return span_of_days(first, following - DAY, self.zone)


@dataclass(frozen=True)
class Extent:
    """First and newest period of a series, each by its start, how long each lasts, and whose days they make."""

    first_at: datetime
    newest_at: datetime
    step: timedelta
    zone: ZoneInfo

    @property
    def whole(self) -> Span:
        """All of it."""
        return Span(self.first_at, period_ended_at(self.newest_at, self.step, self.zone), self.zone)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The intervals that hold at least one period, the finest first."""
        return tuple(interval for interval in Interval if interval.length >= self.step)


def period_ended_at(started_at: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """Return the end (UTC) of a period; days last from midnight to midnight."""
    # Arithmetic within one time zone is that of the clock on the wall.
    return (started_at.astimezone(zone if step >= DAY else UTC) + step).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which a day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def span_of_days(first: date, last: date, zone: ZoneInfo) -> Span:
    """Return whole days, the last one included. Raises ValueError where they are turned round."""
    if first > last:
        raise ValueError(f"the first day, {first}, is later than the last, {last}")
    return Span(midnight(first, zone), midnight(last + DAY, zone), zone)


def span_of(preset: Preset, extent: Extent, days: tuple[date, date] | None = None) -> Span:
    """Return what a choice of range means for what there is.

    Of picked days it is those with something published; where none has, they stand as they were picked.
    """
    whole, zone = extent.whole, extent.zone
    if preset is Preset.DAYS and days is not None:
        return span_of_days(*(_common(days, whole.days) or days), zone)
    if preset is Preset.LAST_24_HOURS:
        return Span(whole.ended_at - timedelta(hours=24), whole.ended_at, zone)
    if preset in PRESET_DAYS:
        _, last = whole.days
        return span_of_days(last - (PRESET_DAYS[preset] - 1) * DAY, last, zone)
    return whole


def same_time_before(instant: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which clocks in a zone showed the same time so many days before.

    Of a time that was shown twice it is the first; a time that was skipped is taken as the hour after it.
    """
    # Arithmetic within one time zone is that of the clock on the wall.
    return (instant.astimezone(zone) - days * DAY).astimezone(UTC)


def usual_interval(span: Span, intervals: tuple[Interval, ...] = tuple(Interval)) -> Interval:
    """Return which of these intervals shows a span well, where the reader named none."""
    length = span.ended_at - span.started_at
    return next(each for each in intervals if each in _USUAL and length <= _USUAL[each])


def drawable(asked: Interval, span: Span, intervals: tuple[Interval, ...] = tuple(Interval)) -> Interval:
    """Return the interval asked for, or the finest coarser one of these of at most MOST_POINTS points."""
    coarser = [each for each in intervals if each.length >= asked.length]
    return next((each for each in coarser if span.points(each) <= MOST_POINTS), Interval.YEAR)


def told(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as readers in a zone say it; the hour that comes twice in autumn is told apart by its zone."""
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def place_of(zone: ZoneInfo) -> str:
    """Return whose days a zone counts: London, Brisbane, or UTC+10."""
    area, _, place = zone.key.rpartition("/")
    return f"UTC{datetime(2000, 1, 1, tzinfo=zone):%Z}" if area == "Etc" else place.replace("_", " ")


def _common(some: tuple[date, date], others: tuple[date, date]) -> tuple[date, date] | None:
    """Return the days that are in both, each given by its first and last day; None where there are none."""
    first, last = max(some[0], others[0]), min(some[1], others[1])
    return (first, last) if first <= last else None


def _first_day(interval: Interval, day: date) -> date:
    """Return the first day of the day, month or year that a day is in."""
    if interval is Interval.DAY:
        return day
    return day.replace(day=1) if interval is Interval.MONTH else day.replace(month=1, day=1)
