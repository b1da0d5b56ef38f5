"""Which readings are there, which are missing, and which belong to nobody."""

from typing import NamedTuple

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.meters.half_hours import dates
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.series import Measure, Series, over_time
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import LONDON

# A table of meters that can still be read.
LISTED = 200


def _sum(name: str, over: str) -> Measure:
    return Measure(name, sql.SQL(over))


METER_DAYS = Series(
    "daily_meter_consumption",
    "consumption_date",
    DAY,
    LONDON,
    (
        _sum("readings", "sum(readings)::bigint"),
        _sum("missing", "sum(missing_half_hours)::bigint"),
        _sum("not_begun", "sum(not_begun_half_hours)::bigint"),
        _sum("zero_readings", "sum(zero_readings)::bigint"),
        _sum("days_with_gaps", "count(*) filter (where missing_half_hours > 0)"),
    ),
)
WITHOUT_AGREEMENT = Series(
    "consumption_without_agreement",
    "consumption_date",
    DAY,
    LONDON,
    (
        _sum("known_kwh", "sum(consumption_kwh) filter (where is_in_reference)::double precision"),
        _sum("unknown_kwh", "sum(consumption_kwh) filter (where not is_in_reference)::double precision"),
        _sum("readings", "sum(readings)::bigint"),
        _sum("meters", "count(distinct meter_pseudonym)"),
    ),
)


class Listed(NamedTuple):
    """The first rows of a list, and how many there are in all."""

    rows: list[Row]
    total: int


def held(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval: readings that are held, missing, and of before the first one of all meters."""
    return over_time(reader, METER_DAYS, span.whole(interval), interval)


def gaps(reader: Reader, span: Span, *, limit: int = LISTED) -> Listed:
    """Return the days of meters of which half-hours are missing, those that lack most first."""
    rows = reader.rows(
        """
        select
            consumption_date, meter_pseudonym, missing_half_hours, readings, expected_half_hours,
            count(*) over () as total
        from analytics.daily_meter_consumption
        where consumption_date between %(first)s and %(last)s and missing_half_hours > 0
        order by missing_half_hours desc, consumption_date desc, meter_pseudonym
        limit %(limit)s
        """,
        {**dates(span), "limit": limit},
    )
    return Listed(rows, rows[0]["total"] if rows else 0)


def unassigned(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval: kWh without an agreement, of meters that the reference knows and of others."""
    return over_time(reader, WITHOUT_AGREEMENT, span.whole(interval), interval)


def meters_without_agreement(reader: Reader, span: Span, *, limit: int = LISTED) -> Listed:
    """Return the meters that have readings and no agreement, each with its days, readings and kWh; most used first."""
    rows = reader.rows(
        """
        select
            meter_pseudonym, bool_and(is_in_reference) as is_in_reference, count(*)::integer as days,
            min(consumption_date) as first_day, max(consumption_date) as last_day,
            sum(readings)::bigint as readings, sum(consumption_kwh) as consumption_kwh,
            count(*) over () as total
        from analytics.consumption_without_agreement
        where consumption_date between %(first)s and %(last)s
        group by meter_pseudonym
        order by sum(consumption_kwh) desc, meter_pseudonym
        limit %(limit)s
        """,
        {**dates(span), "limit": limit},
    )
    return Listed(rows, rows[0]["total"] if rows else 0)
