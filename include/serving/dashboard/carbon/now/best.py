"""The best hours of a day: those in which the least CO2 per kWh is foreseen. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean

from include.settlement import HALF_HOUR, LONDON, periods_in_day

BEST_FOR = timedelta(hours=3)


@dataclass(frozen=True)
class Foreseen:
    """What is foreseen of one half-hour (g CO2 per kWh)."""

    period_started_at: datetime
    forecast_g_per_kwh: float
    intensity_index: str | None


@dataclass(frozen=True)
class Best:
    """The best hours, their mean, and that of all half-hours of the day that are foreseen (g CO2 per kWh)."""

    started_at: datetime
    mean_g_per_kwh: float
    whole_day_g_per_kwh: float

    @property
    def ended_at(self) -> datetime:
        """Their end."""
        return self.started_at + BEST_FOR

    def has(self, half_hour: Foreseen) -> bool:
        """Tell whether a half-hour is one of them."""
        return self.started_at <= half_hour.period_started_at < self.ended_at


def day_after(now: datetime) -> date:
    """Return the day that is tomorrow in London."""
    return now.astimezone(LONDON).date() + timedelta(days=1)


def best_of(foreseen: Sequence[Foreseen]) -> Best | None:
    """Return the three hours on end with the least mean, the first of them where several have it.

    None, where nowhere so many half-hours in a row are foreseen.
    """
    length = BEST_FOR // HALF_HOUR
    runs = [foreseen[begin : begin + length] for begin in range(len(foreseen) - length + 1)]
    whole = [run for run in runs if run[-1].period_started_at - run[0].period_started_at == BEST_FOR - HALF_HOUR]
    if not whole:
        return None
    best = min(whole, key=_mean)
    return Best(best[0].period_started_at, _mean(best), _mean(foreseen))


def told(best: Best) -> str:
    """Return when the best hours are, on London's clocks and in UTC, and what is foreseen of them."""
    start, end = (instant.astimezone(LONDON) for instant in (best.started_at, best.ended_at))
    # Where the clocks change in between, each end has a name of its own.
    since = f"{start:%H:%M}" if start.tzname() == end.tzname() else f"{start:%H:%M %Z}"
    return (
        f"**{since} to {end:%H:%M %Z}** ({best.started_at:%H:%M} to {best.ended_at:%H:%M} UTC): "
        f"{best.mean_g_per_kwh:.0f} g/kWh on average, where the day has {best.whole_day_g_per_kwh:.0f}."
    )


def told_of_day(day: date, half_hours: int) -> str:
    """Return how much of a day is foreseen, where it is not all of it."""
    name = f"Tomorrow, {day:%A} {day.day} {day:%B}"
    if not half_hours:
        return f"{name}, is not foreseen yet."
    return f"{name}, is foreseen in part: {half_hours} of its {periods_in_day(day)} half-hours."


def _mean(half_hours: Sequence[Foreseen]) -> float:
    return fmean(each.forecast_g_per_kwh for each in half_hours)
