"""What a reader picked, as the address has it: an instant, and a half-hour. Pure functions."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from include.settlement import half_hours_of, settlement_period

# No half-hour is older; what lies outside is a slip of the pen.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def instant_of(text: str | None) -> datetime | None:
    """Return the instant (UTC) of an ISO 8601 text, None where it is none. Without a time zone it is UTC."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    instant = read if read.tzinfo else read.replace(tzinfo=UTC)
    return instant.astimezone(UTC) if EARLIEST <= instant <= LATEST else None


def text_of(instant: datetime) -> str:
    """Return an instant as the address has it, without a sign that addresses would have to escape."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def half_hour_of(parameters: Mapping[str, str]) -> datetime | None:
    """Return the start (UTC) of the half-hour that an address names, None where it names none that exists."""
    try:
        day, period = date.fromisoformat(parameters["day"]), int(parameters["period"])
    except (KeyError, ValueError):
        return None
    if not EARLIEST.date() <= day <= LATEST.date():
        return None
    starts = list(half_hours_of(day))
    return starts[period - 1] if 1 <= period <= len(starts) else None


def parameters_of(half_hour: datetime) -> dict[str, str]:
    """Return a half-hour as the address has it: its settlement day and period."""
    day, period = settlement_period(half_hour)
    return {"day": day.isoformat(), "period": str(period)}


def moved_to(day: date, period: int) -> datetime:
    """Return the start (UTC) of a day's period; of its last one, where the day has fewer."""
    starts = list(half_hours_of(day))
    return starts[min(period, len(starts)) - 1]
