"""The publisher's forecasts by when they were issued, against what came."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.carbon.intensity import FORESEEN_FOR, INTENSITY
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, beside, mean, over_time
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import HALF_HOUR, LONDON, half_hour_of

# More lines could not be told apart.
LONGEST_FAN = 31 * DAY
# The versions of a year, some 1.7 million, are read in about 3 s.
LONGEST_JUDGED = 366 * DAY
VINTAGES = "carbon_intensity_vintages"
AS_KNOWN = Series(
    INTENSITY.table, INTENSITY.time_column, HALF_HOUR, LONDON, (mean("forecast_g_per_kwh"), mean("lead_hours"))
)


def hours_between_issues(span: Span) -> int:
    """Return how many hours lie between the issues that are drawn of a span: some eight to thirty lines."""
    length = span.ended_at - span.started_at
    return next(hours for longest, hours in ((2, 3), (4, 6), (10, 12), (31, 24)) if length <= longest * DAY)


def fan(reader: Reader, span: Span) -> pa.Table:
    """Return the forecasts (g CO2 per kWh) of the half-hours of a span as they stood every few hours, and last.

    An issue at an instant is what was last said by then of each half-hour of the 48 hours that followed.
    """
    return reader.table(
        """
        with newest as (select max(known_at) as issued_at from analytics.carbon_intensity_vintages),

        issues as (
            select generate_series(
                date_bin(%(every)s, %(started_at)s, timestamptz '2000-01-01 00:00+00'),
                least(%(ended_at)s, newest.issued_at),
                %(every)s
            ) as issued_at
            from newest
            union
            select issued_at from newest where issued_at < %(ended_at)s
        )

        select issues.issued_at, half_hours.bucket_at, standing.forecast_g_per_kwh
        from issues
        cross join lateral generate_series(
            date_bin(interval '30 minutes', issues.issued_at, timestamptz '2000-01-01 00:00+00'),
            issues.issued_at + %(ahead)s - interval '30 minutes',
            interval '30 minutes'
        ) as half_hours (bucket_at)
        cross join lateral (
            select forecast_g_per_kwh, is_withdrawn
            from analytics.carbon_intensity_vintages
            where period_started_at = half_hours.bucket_at and known_at <= issues.issued_at
            order by known_at desc
            limit 1
        ) as standing
        where
            half_hours.bucket_at >= %(started_at)s and half_hours.bucket_at < %(ended_at)s
            and not standing.is_withdrawn and standing.forecast_g_per_kwh is not null
        order by issues.issued_at, half_hours.bucket_at
        """,
        {
            "every": timedelta(hours=hours_between_issues(span)),
            "started_at": span.started_at,
            "ended_at": span.ended_at,
            "ahead": FORESEEN_FOR,
        },
    )


def with_actual(fan_of_issues: pa.Table, actual: pa.Table) -> pa.Table:
    """Return the rows of a fan and, under them, those of the actual over the same time, which no issue has."""
    columns = ["bucket_at", "bucket_until_at", "when", "stands_alone", "actual_g_per_kwh", "forecast_g_per_kwh"]
    measured = actual.select([*columns, "day_ahead_forecast_g_per_kwh"])
    measured = measured.rename_columns(
        ["last_g_per_kwh" if name == "forecast_g_per_kwh" else name for name in measured.column_names]
    )
    if not fan_of_issues.num_rows:
        return measured
    return pa.concat_tables([fan_of_issues, measured], promote_options="default")


def error_by_lead(reader: Reader, span: Span) -> pa.Table:
    """Return for each lead of 0 to 48 hours how wrong forecasts were (g CO2 per kWh) in the half-hours of a span.

    The forecast at a lead is the one that stood so many hours before a half-hour began. `mean_error_g_per_kwh` is
    positive where too much was foreseen; half-hours that have no actual are not counted.
    """
    return reader.table(
        """
        with standing as (
            select
                period_started_at, forecast_g_per_kwh, is_withdrawn, lead_hours,
                lead(lead_hours) over (partition by period_started_at order by known_at) as until_lead_hours
            from analytics.carbon_intensity_vintages
            where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
        ),

        errors as (
            select leads.lead_hours, standing.forecast_g_per_kwh - half_hours.actual_g_per_kwh as error_g_per_kwh
            from standing
            inner join analytics.half_hourly_carbon_intensity as half_hours using (period_started_at)
            cross join lateral generate_series(
                -- Until another version was known, which was so many hours before the half-hour.
                greatest(0, floor(coalesce(standing.until_lead_hours, -1))::integer + 1),
                least(%(longest)s, floor(standing.lead_hours)::integer)
            ) as leads (lead_hours)
            where not standing.is_withdrawn and standing.lead_hours >= 0
        )

        select
            lead_hours,
            count(error_g_per_kwh)::integer as half_hours,
            avg(abs(error_g_per_kwh)) as mean_absolute_error_g_per_kwh,
            avg(error_g_per_kwh) as mean_error_g_per_kwh
        from errors
        where error_g_per_kwh is not null
        group by lead_hours
        order by lead_hours
        """,
        {
            "started_at": span.started_at,
            "ended_at": span.ended_at,
            "longest": FORESEEN_FOR // timedelta(hours=1),
        },
    )


def known_then(reader: Reader, known_by: datetime) -> pa.Table:
    """Return what was foreseen at an instant of the 48 hours after it, and what came (g CO2/kWh), by half-hour."""
    since = half_hour_of(known_by)
    span = Span(since, since + FORESEEN_FOR, LONDON)
    then = over_time(
        reader,
        AS_KNOWN,
        span,
        Interval.HALF_HOUR,
        relation=sql.SQL("analytics.carbon_intensity_as_known_at(%(known_by)s)"),
        known_by=known_by,
    )
    return beside(then, over_time(reader, INTENSITY, span, Interval.HALF_HOUR), ["actual_g_per_kwh"])


@dataclass(frozen=True)
class Came:
    """How a forecast did: half-hours that were measured since, mean absolute and mean signed error (g CO2 per kWh)."""

    half_hours: int
    mean_absolute_error_g_per_kwh: float
    mean_error_g_per_kwh: float


def came_of(then: pa.Table) -> Came | None:
    """Return how the forecast of `known_then` did; None, where nothing of it has been measured yet."""
    pairs = zip(then["forecast_g_per_kwh"].to_pylist(), then["actual_g_per_kwh"].to_pylist(), strict=True)
    errors = [forecast - actual for forecast, actual in pairs if forecast is not None and actual is not None]
    if not errors:
        return None
    return Came(len(errors), sum(map(abs, errors)) / len(errors), sum(errors) / len(errors))
