"""What all meters used by half-hour, and the days of it; with or without an agreement."""

from datetime import date, datetime

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Measure, Series, over_time
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import HALF_HOUR, LONDON

HALF_HOURS = Series(
    "half_hourly_consumption",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    (
        Measure("consumption_kwh", sql.SQL("sum(consumption_kwh)::double precision")),
        Measure("meter_consumption_kwh", sql.SQL("sum(consumption_kwh / meters)::double precision")),
        Measure("meters", sql.SQL("max(meters)")),
        Measure("readings", sql.SQL("sum(meters)")),
    ),
    day_column="consumption_date",
)
# Aggregates outlive the readings of single meters, which are deleted in time.
DAYS = Series(HALF_HOURS.table, "consumption_date", DAY, LONDON)


def relation(known_by: datetime | None) -> sql.Composable:
    """Return where half-hours come from: as published now, or as known at an instant, `known_by` of the values."""
    if known_by is None:
        return HALF_HOURS.relation
    return sql.SQL("analytics.half_hourly_consumption_as_known_at(%(known_by)s)")


def over_range(reader: Reader, span: Span, interval: Interval, known_by: datetime | None = None) -> pa.Table:
    """Return one row per interval, oldest first: kWh of all meters and of a mean one, the most meters, readings."""
    whole = span.whole(interval)
    return over_time(reader, HALF_HOURS, whole, interval, relation=relation(known_by), known_by=known_by)


def dates(span: Span) -> dict[str, date]:
    """Return the days that a span touches, as values of a query."""
    first, last = span.days
    return {"first": first, "last": last}
