"""The published half-hours of Great Britain's carbon intensity (g CO2 per kWh): what was measured, what is foreseen.

The mean of an interval is that of its half-hours; the publisher does not say how much was consumed in each.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa

from include.serving.dashboard.controls import View
from include.serving.dashboard.fuels import INTENSITY_COLOUR
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, mean, over_time
from include.serving.dashboard.span import DAY, Extent, Interval, Preset, Span
from include.settlement import HALF_HOUR, LONDON

INTENSITY = Series(
    "half_hourly_carbon_intensity",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    tuple(mean(column) for column in ("actual_g_per_kwh", "forecast_g_per_kwh", "day_ahead_forecast_g_per_kwh")),
    day_column="settlement_date",
    measured_column="actual_g_per_kwh",
)
ACTUAL_COLOUR, FORECAST_COLOUR = INTENSITY_COLOUR, "#997700"
# How far the publisher looks ahead.
FORESEEN_FOR = timedelta(hours=48)
# In a longer range two days more could not be seen.
_SHORT = 8 * DAY


@dataclass(frozen=True)
class HalfHour:
    """One half-hour (g CO2 per kWh); None is what is not measured or was not foreseen."""

    period_started_at: datetime
    actual_g_per_kwh: float | None
    forecast_g_per_kwh: float | None
    intensity_index: str | None


def at(reader: Reader, *instants: datetime) -> dict[datetime, HalfHour]:
    """Return the half-hours that begin at these instants; one that is not published is not among them."""
    rows = reader.rows(
        """
        select period_started_at, actual_g_per_kwh, forecast_g_per_kwh, intensity_index
        from analytics.half_hourly_carbon_intensity
        where period_started_at = any(%(instants)s)
        """,
        {"instants": list(instants)},
    )
    return {row["period_started_at"]: HalfHour(**row) for row in rows}


def over_range(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: the actual, the last forecast and that of a day before (g CO2/kWh)."""
    return over_time(reader, INTENSITY, span.whole(interval), interval)


def foreseen_until(reader: Reader) -> datetime | None:
    """Return the end of the last half-hour that is foreseen, or None."""
    (last_at,) = reader.row(
        "select max(period_started_at) from analytics.half_hourly_carbon_intensity where forecast_g_per_kwh is not null"
    )
    return None if last_at is None else last_at + HALF_HOUR


def reaching_ahead(view: View, held: Extent, until: datetime | None) -> Span:
    """Return the periods a view means; where it is a short one that ends with the newest, what is foreseen as well."""
    span = view.span(held)
    is_short = span.ended_at - span.started_at <= _SHORT
    if until is None or not is_short or view.preset is Preset.DAYS:
        return span
    return replace(span, ended_at=max(span.ended_at, until))
