"""Half-hours and settlement periods of Great Britain. Pure functions.

A half-hour is named by its start, in UTC. A settlement day runs from midnight to midnight in London, so it has 46
periods when the clocks go forward, 50 when they go back, and 48 otherwise (Balancing and Settlement Code, annex X-1).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HALF_HOUR = timedelta(minutes=30)
LONDON = ZoneInfo("Europe/London")
# An instant on the grid of half-hours; any will do.
_GRID_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


def day_started_at(settlement_date: date) -> datetime:
    """Return the instant (UTC) at which a settlement day begins."""
    return datetime.combine(settlement_date, time(), LONDON).astimezone(UTC)


def periods_in_day(settlement_date: date) -> int:
    """Return how many settlement periods the day has: 46, 48 or 50."""
    return (day_started_at(settlement_date + timedelta(days=1)) - day_started_at(settlement_date)) // HALF_HOUR


def half_hours_of(settlement_date: date) -> Iterator[datetime]:
    """Yield the starts (UTC) of the day's half-hours, in order."""
    first = day_started_at(settlement_date)
    for index in range(periods_in_day(settlement_date)):
        yield first + index * HALF_HOUR


def settlement_period(period_started_at: datetime) -> tuple[date, int]:
    """Return the settlement date and period (from 1) of a half-hour.

    Raises ValueError where the instant is naive or does not start a half-hour.
    """
    if not starts_half_hour(period_started_at):
        raise ValueError(f"{period_started_at.isoformat()} does not start a half-hour")
    settlement_date = period_started_at.astimezone(LONDON).date()
    return settlement_date, 1 + (period_started_at - day_started_at(settlement_date)) // HALF_HOUR


def starts_half_hour(instant: datetime) -> bool:
    """Tell whether an instant lies on the grid of half-hours. Raises ValueError where it is naive."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return not (instant - _GRID_ORIGIN) % HALF_HOUR


def half_hour_at_or_after(instant: datetime) -> datetime:
    """Return the first start of a half-hour that is not before the instant."""
    return instant + (_GRID_ORIGIN - instant) % HALF_HOUR


def half_hour_of(instant: datetime) -> datetime:
    """Return the start of the half-hour that an instant lies in."""
    return instant - (instant - _GRID_ORIGIN) % HALF_HOUR
