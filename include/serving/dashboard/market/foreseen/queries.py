"""What was foreseen of demand and wind against what came, half-hour by half-hour, and how wrong it was by its lead."""

from dataclasses import dataclass

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, mean, over_time
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import HALF_HOUR, LONDON

DEMAND_SERIES = Series(
    "half_hourly_demand",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    (mean("outturn_mw"), mean("forecast_mw")),
    day_column="settlement_date",
    measured_column="indo_mw",
)
LONGEST_LEAD_H = 48
# Every publication of a longer range could not be read while somebody waits.
LONGEST_JUDGED = 366 * DAY


@dataclass(frozen=True)
class Foreseen:
    """Something that is foreseen and then measured: where both stand, in MW."""

    name: str
    outturn_table: str
    outturn: str
    """The column of what came, and which rows have it."""
    forecast_table: str
    forecast: str
    """The column of what was foreseen, and which rows have it."""
    outturn_rows: str = "true"
    forecast_rows: str = "true"
    finest: Interval = Interval.HALF_HOUR
    """It is not foreseen more often than this."""

    def interval(self, asked: Interval) -> Interval:
        """Return the interval asked for, or the finest that has a forecast in each."""
        return asked if asked.length >= self.finest.length else self.finest

    def parts(self) -> dict[str, sql.Composable]:
        """Return what stands for it in a query."""
        return {
            "outturn_table": sql.Identifier("analytics", self.outturn_table),
            "outturn": sql.Identifier(self.outturn),
            "outturn_rows": sql.SQL(self.outturn_rows),
            "forecast_table": sql.Identifier("analytics", self.forecast_table),
            "forecast": sql.Identifier(self.forecast),
            "forecast_rows": sql.SQL(self.forecast_rows),
        }


DEMAND = Foreseen(
    "National demand",
    "half_hourly_demand",
    "indo_mw",
    "half_hourly_demand_forecasts",
    "forecast_demand_mw",
    # Of the whole network.
    forecast_rows="boundary = 'N'",
)
WIND = Foreseen(
    "Wind on the transmission network",
    "half_hourly_fuel_generation",
    "generation_mw",
    "half_hourly_wind_forecasts",
    "forecast_wind_mw",
    outturn_rows="fuel_code = 'WIND' and not is_suspect",
    finest=Interval.HOUR,
)
BOTH = (DEMAND, WIND)


def is_published(reader: Reader, foreseen: Foreseen) -> bool:
    """Tell whether both what was foreseen and what came are there."""
    return reader.has(foreseen.outturn_table) and reader.has(foreseen.forecast_table)


# A half-hour that nobody foresaw is none to be compared.
_COMPARED = """(
    select
        came.period_started_at,
        came.settlement_date,
        came.{outturn} as outturn_mw,
        standing.{forecast} as forecast_mw
    from {outturn_table} as came
    cross join lateral (
        select {forecast}
        from {forecast_table}
        where
            period_started_at = came.period_started_at and published_at <= came.period_started_at
            and {forecast_rows} and {forecast} is not null
        order by published_at desc
        limit 1
    ) as standing
    where
        came.period_started_at >= %(started_at)s and came.period_started_at < %(ended_at)s
        and {outturn_rows} and came.{outturn} is not null
) as compared"""


def compared(reader: Reader, foreseen: Foreseen, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: what came, and what was last foreseen before it began (mean MW)."""
    drawn_by = foreseen.interval(interval)
    relation = sql.SQL(_COMPARED).format(**foreseen.parts())
    return over_time(reader, DEMAND_SERIES, span.whole(drawn_by), drawn_by, relation=relation)


@dataclass(frozen=True)
class Came:
    """How the last forecasts before half-hours did: mean absolute and mean signed error, and mean outturn (MW)."""

    half_hours: int
    mean_absolute_error_mw: float
    mean_error_mw: float
    mean_outturn_mw: float


def came_of(reader: Reader, foreseen: Foreseen, span: Span) -> Came | None:
    """Return how the last forecasts did; None where no half-hour of the span has both."""
    statement = sql.SQL(
        """
        select
            count(*) as half_hours,
            avg(abs(forecast_mw - outturn_mw)) as mean_absolute_error_mw,
            avg(forecast_mw - outturn_mw) as mean_error_mw,
            avg(outturn_mw) as mean_outturn_mw
        from {compared}
        """
    ).format(compared=sql.SQL(_COMPARED).format(**foreseen.parts()))
    [row] = reader.rows(statement, DEMAND_SERIES.bounds(span))
    return Came(**row) if row["half_hours"] else None


def error_by_lead(reader: Reader, foreseen: Foreseen, span: Span) -> pa.Table:
    """Return for each lead of 0 to 48 hours how wrong forecasts were (MW) in the half-hours of a span.

    The forecast at a lead is the one that stood so many hours before a half-hour began. `mean_error_mw` is positive
    where too much was foreseen; half-hours that have not come are not counted.
    """
    statement = sql.SQL(
        """
        with standing as (
            select
                period_started_at, {forecast} as forecast_mw, lead_hours,
                lead(lead_hours) over (partition by period_started_at order by published_at) as until_lead_hours
            from {forecast_table}
            where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s and {forecast_rows}
        ),

        came as (
            select period_started_at, {outturn} as outturn_mw
            from {outturn_table}
            where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s and {outturn_rows}
        ),

        errors as (
            select leads.lead_hours, standing.forecast_mw - came.outturn_mw as error_mw
            from standing
            inner join came on standing.period_started_at = came.period_started_at
            cross join lateral generate_series(
                -- Until another one was published, which was so many hours before the half-hour.
                greatest(0, floor(coalesce(standing.until_lead_hours, -1))::integer + 1),
                least(%(longest)s, floor(standing.lead_hours)::integer)
            ) as leads (lead_hours)
            where standing.lead_hours >= 0
        )

        select
            lead_hours,
            count(error_mw)::integer as half_hours,
            avg(abs(error_mw)) as mean_absolute_error_mw,
            avg(error_mw) as mean_error_mw
        from errors
        where error_mw is not null
        group by lead_hours
        order by lead_hours
        """
    ).format(**foreseen.parts())
    return reader.table(statement, {**DEMAND_SERIES.bounds(span), "longest": LONGEST_LEAD_H})
