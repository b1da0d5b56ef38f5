"""What meters used in all, and by the hour of the day."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.meters.half_hours import HALF_HOURS, dates
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import LONDON

# More rows of a heat map could not be told apart.
MOST_ROWS = 62


@dataclass(frozen=True)
class Totals:
    """What the days of a range come to."""

    half_hours: int
    consumption_kwh: Decimal
    meters: int
    """The most that have a reading of one half-hour."""
    readings: int
    unassigned_kwh: Decimal
    unassigned_readings: int

    @property
    def unassigned_pct(self) -> float | None:
        """What belongs to no agreement, in percent of all; None where nothing was used."""
        return float(100 * self.unassigned_kwh / self.consumption_kwh) if self.consumption_kwh else None


def totals(reader: Reader, span: Span) -> Totals:
    """Return what the days come to that a span touches."""
    row = reader.row(
        """
        select
            count(*), coalesce(sum(consumption_kwh), 0), coalesce(max(meters), 0), coalesce(sum(meters), 0)::bigint,
            (
                select coalesce(sum(consumption_kwh), 0) from analytics.consumption_without_agreement
                where consumption_date between %(first)s and %(last)s
            ),
            (
                select coalesce(sum(readings), 0)::bigint from analytics.consumption_without_agreement
                where consumption_date between %(first)s and %(last)s
            )
        from analytics.half_hourly_consumption
        where consumption_date between %(first)s and %(last)s
        """,
        dates(span),
    )
    return Totals(*row)


def row_of(span: Span) -> Interval:
    """Return what a row of the heat map stands for: a day while there are few, else a month or a year."""
    days = (span.ended_at - span.started_at) / DAY
    if days <= MOST_ROWS:
        return Interval.DAY
    return Interval.MONTH if days <= MOST_ROWS * 30 else Interval.YEAR


def by_hour(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return how much a mean meter used in each hour of London's clocks (kWh an hour), by day, month or year.

    It is a mean over half-hours: an hour that lacks one is no lower for it, and one that comes twice is no higher.
    """
    statement = sql.SQL(
        """
        select
            {bucket} as bucket_at,
            extract(hour from period_started_at at time zone 'Europe/London')::integer as hour,
            (2 * avg(consumption_kwh / meters))::double precision as meter_consumption_kwh,
            max(meters) as meters,
            count(*)::integer as half_hours
        from {table}
        where {within}
        group by 1, 2
        order by 1, 2
        """
    ).format(bucket=HALF_HOURS.bucket(interval), table=HALF_HOURS.relation, within=HALF_HOURS.within())
    table = reader.table(statement, HALF_HOURS.bounds(span.whole(interval)))
    buckets, hours = table["bucket_at"].to_pylist(), table["hour"].to_pylist()
    names = [_short(bucket_at, interval) for bucket_at in buckets]
    told = [
        f"{interval.name_of(bucket_at, LONDON)}, {hour:02}:00 to {hour + 1:02}:00"
        for bucket_at, hour in zip(buckets, hours, strict=True)
    ]
    return table.append_column("row", pa.array(names, pa.string())).append_column("when", pa.array(told, pa.string()))


def _short(bucket_at: datetime, interval: Interval) -> str:
    """Return the name of a row, which has little room."""
    forms = {Interval.DAY: f"%a {bucket_at.day} %b", Interval.MONTH: "%b %Y", Interval.YEAR: "%Y"}
    return f"{bucket_at:{forms[interval]}}"


def difference(now: pa.Table, then: pa.Table) -> pa.Table:
    """Return by how much (kWh) each interval of `now` differs from what was known `then`, nothing of it included."""
    known = dict(zip(then["bucket_at"].to_pylist(), then["consumption_kwh"].to_pylist(), strict=True))
    changes = [
        None if energy_kwh is None else energy_kwh - (known.get(bucket_at) or 0)
        for bucket_at, energy_kwh in zip(now["bucket_at"].to_pylist(), now["consumption_kwh"].to_pylist(), strict=True)
    ]
    return now.append_column("change_kwh", pa.array(changes, pa.float64()))
