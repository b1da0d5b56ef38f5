"""What the grid's electricity is made of, and what is foreseen of a day."""

from datetime import date

import pyarrow as pa

from include.serving.dashboard.carbon.fuels import STACK
from include.serving.dashboard.carbon.now.best import Foreseen
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, mean, over_time
from include.serving.dashboard.span import Interval, Span, span_of_days
from include.settlement import HALF_HOUR, LONDON

SUPPLY_MIX = Series(
    "half_hourly_supply_mix",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    (*(mean(fuel.share_column) for fuel in STACK), mean("remainder_pct")),
    day_column="settlement_date",
)


def supply_mix(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: the share of each fuel, and what is left to 100 (percent)."""
    return over_time(reader, SUPPLY_MIX, span.whole(interval), interval)


def foreseen(reader: Reader, day: date) -> list[Foreseen]:
    """Return the half-hours of a day of London that are foreseen, in order."""
    span = span_of_days(day, day, LONDON)
    rows = reader.rows(
        """
        select period_started_at, forecast_g_per_kwh, intensity_index
        from analytics.half_hourly_carbon_intensity
        where
            period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
            and forecast_g_per_kwh is not null
        order by period_started_at
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at},
    )
    return [Foreseen(**row) for row in rows]
