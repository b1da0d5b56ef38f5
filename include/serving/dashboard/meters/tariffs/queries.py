"""Agreements by tariff over time, and what meters used by tariff and by region; small groups are kept back.

Counts of agreements are kept back by the rule of the published tables: where a group is small, and so that it cannot be
worked out from the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.meters.half_hours import dates
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.series import Series
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import LONDON

PRODUCTS = Series("daily_product_consumption", "consumption_date", DAY, LONDON)


class By(StrEnum):
    """What agreements are counted by."""

    TARIFF = "coalesce(product_name, product_id)"
    KIND = "case when is_variable then 'Variable' when not is_variable then 'Fixed' else 'Not known' end"


# Agreements by group on each day; under None, those of the groups that are kept back, together: None where these, too,
# would tell of few.
Counts: TypeAlias = dict[date, dict[str | None, int | None]]


def smallest_group(reader: Reader) -> int:
    """Return how many meters a group must have to be shown."""
    (smallest,) = reader.row(
        """
        select value::integer from ops.release_settings
        where release = 'smart_meter' and name = 'smart_meter_smallest_group'
        """
    )
    return int(smallest)


@dataclass(frozen=True)
class Point:
    """An interval and the day in it on which agreements are counted: the last one of the range."""

    bucket_at: datetime
    day: date


def points(span: Span, interval: Interval) -> list[Point]:
    """Return the intervals of a span, oldest first."""
    first, last = span.days
    days = [first + number * DAY for number in range((last - first).days + 1)]
    begun = {_first_day(interval, day): day for day in days}
    return [Point(datetime.combine(start, time(), UTC), day) for start, day in begun.items()]


def _first_day(interval: Interval, day: date) -> date:
    firsts = {Interval.DAY: day, Interval.MONTH: day.replace(day=1), Interval.YEAR: day.replace(month=1, day=1)}
    return firsts[interval]


_COUNTS = """
with known as (
    select {group} as name, valid_from, valid_to
    from analytics.agreement_versions
    where
        known_at <= %(known_by)s and (superseded_at is null or %(known_by)s < superseded_at)
        and not is_withdrawn and valid_from <= %(last)s
),

-- An agreement holds from its first day on and until the day it ends: of no length, it never does.
changes as (
    select name, valid_from as day, 1 as change from known
    union all
    select name, valid_to as day, -1 as change from known where valid_to is not null
    union all
    select names.name, asked.day, 0 as change
    from (select distinct name from known) as names
    cross join unnest(%(days)s::date[]) as asked (day)
),

counts as (
    select name, day, (sum(sum(change)) over (partition by name order by day))::integer as agreements
    from changes
    group by name, day
),

judged as (
    select
        day, name, agreements,
        agreements < %(smallest)s
        or coalesce(
            sum(agreements) over (
                partition by day order by agreements, name rows between unbounded preceding and 1 preceding
            ) < %(smallest)s,
            false
        ) as is_kept_back
    from counts
    where agreements > 0 and day = any(%(days)s::date[])
)

select
    day, case when not is_kept_back then name end as name, sum(agreements)::integer as agreements
from judged
group by 1, 2
order by 1, 2
"""


def agreements(reader: Reader, days: Sequence[date], by: By, smallest: int, known_by: datetime | None = None) -> Counts:
    """Return how many agreements hold on each of these days, by group."""
    values = {"days": list(days), "last": max(days), "smallest": smallest, "known_by": known_by or "infinity"}
    found: Counts = {day: {} for day in days}
    for row in reader.rows(sql.SQL(_COUNTS).format(group=sql.SQL(by)), values):
        is_told = row["name"] is not None or row["agreements"] >= smallest
        found[row["day"]][row["name"]] = row["agreements"] if is_told else None
    return found


def total(counts: Mapping[str | None, int | None]) -> int | None:
    """Return how many agreements hold on a day; None where that would tell of few."""
    held = [agreements for agreements in counts.values() if agreements is not None]
    return sum(held) if len(held) == len(counts) else None


@dataclass(frozen=True)
class Group:
    """A tariff or a region over the days of a range; figures are of the days on which they are published."""

    name: str
    days: int
    days_shown: int
    meters: int | None
    consumption_kwh: Decimal | None
    meter_day_kwh: float | None
    """What a mean meter used on a day."""
    is_variable: bool | None = None

    @property
    def is_kept_back(self) -> bool:
        """Whether nothing of it is published."""
        return self.days_shown == 0


def _products(known_by: datetime | None) -> sql.Composable:
    if known_by is None:
        return PRODUCTS.relation
    return sql.SQL("analytics.daily_product_consumption_as_known_at(%(known_by)s)")


_GROUPS = """
    count(*)::integer as days,
    count(*) filter (where not is_suppressed)::integer as days_shown,
    max(meters) as meters,
    sum(consumption_kwh) as consumption_kwh,
    (sum(consumption_kwh) / sum(meters))::double precision as meter_day_kwh
"""


def tariffs(reader: Reader, span: Span, known_by: datetime | None = None) -> list[Group]:
    """Return the tariffs by name with what meters on them used, those of most meters first."""
    statement = sql.SQL(
        """
        select products.product_name as name, {groups}, bool_or(kinds.is_variable) as is_variable
        from {products} as products
        left join (
            select distinct product_name, is_variable from analytics.daily_consumption_by_product
            where consumption_date between %(first)s and %(last)s
        ) as kinds on products.product_name = kinds.product_name
        where products.consumption_date between %(first)s and %(last)s
        group by products.product_name
        order by sum(meters) desc nulls last, products.product_name
        """
    ).format(groups=sql.SQL(_GROUPS), products=_products(known_by))
    return [Group(**row) for row in reader.rows(statement, {**dates(span), "known_by": known_by})]


def regions(reader: Reader, span: Span) -> list[Group]:
    """Return the regions with what meters in them used, by their names."""
    statement = sql.SQL(
        """
        select region as name, {groups}
        from analytics.daily_region_consumption
        where consumption_date between %(first)s and %(last)s
        group by region
        order by region
        """
    ).format(groups=sql.SQL(_GROUPS))
    return [Group(**row) for row in reader.rows(statement, dates(span))]


def daily(
    reader: Reader, span: Span, interval: Interval, names: Sequence[str], known_by: datetime | None = None
) -> list[Row]:
    """Return what meters on these tariffs used on a day (kWh, mean over the days that are published), by interval."""
    statement = sql.SQL(
        """
        select
            {bucket} as bucket_at, product_name as name, avg(consumption_kwh)::double precision as day_kwh,
            max(meters) as meters
        from {products} as products
        where {within} and product_name = any(%(names)s) and not is_suppressed
        group by 1, 2
        order by 1, 2
        """
    ).format(bucket=PRODUCTS.bucket(interval), products=_products(known_by), within=PRODUCTS.within())
    values = {**PRODUCTS.bounds(span.whole(interval)), "names": list(names), "known_by": known_by}
    return reader.rows(statement, values)


def profile(reader: Reader, span: Span, names: Sequence[str]) -> list[Row]:
    """Return what a mean meter on these tariffs used in each half-hour of London's clocks (kWh)."""
    return reader.rows(
        """
        select
            (extract(hour from local) + extract(minute from local) / 60)::double precision as hour, name,
            (sum(consumption_kwh) / sum(meters))::double precision as meter_consumption_kwh
        from (
            select
                product_name as name, consumption_kwh, meters,
                period_started_at at time zone 'Europe/London' as local
            from analytics.average_half_hourly_consumption
            where
                consumption_date between %(first)s and %(last)s
                and product_name = any(%(names)s) and not is_suppressed
        ) as half_hours
        group by 1, 2
        order by 1, 2
        """,
        {**dates(span), "names": list(names)},
    )


def over_held_points(
    span: Span, interval: Interval, values: Mapping[datetime, Mapping[str, float]], columns: Sequence[str]
) -> pa.Table:
    """Return what `over_points` does for the intervals of a span from the first to the last that has a value."""
    held = [
        each
        for each in points(span.whole(interval), interval)
        if values and min(values) <= each.bucket_at <= max(values)
    ]
    return over_points(held, interval, values, columns)


def over_points(
    found: Sequence[Point],
    interval: Interval,
    values: Mapping[datetime, Mapping[str, float]],
    columns: Sequence[str],
) -> pa.Table:
    """Return one row per interval with the columns that charts over time want; what has no value is null."""
    held = [any(values.get(each.bucket_at, {}).get(column) is not None for column in columns) for each in found]
    neighbours = [(*held, False)[number + 1] or (False, *held)[number] for number in range(len(held))]
    rows = {
        "bucket_at": [each.bucket_at for each in found],
        "bucket_until_at": [_until(each.bucket_at, interval) for each in found],
        "when": [interval.name_of(each.bucket_at, LONDON) for each in found],
        "stands_alone": [is_held and not has for is_held, has in zip(held, neighbours, strict=True)],
    }
    figures = {
        column: pa.array([values.get(each.bucket_at, {}).get(column) for each in found], pa.float64())
        for column in columns
    }
    return pa.table({**rows, **figures})


def _until(bucket_at: datetime, interval: Interval) -> datetime:
    """Return the end of an interval of days that begins at a date in UTC."""
    longest = {Interval.DAY: 1, Interval.MONTH: 31, Interval.YEAR: 366}[interval]
    following = _first_day(interval, (bucket_at + longest * DAY).date())
    return datetime.combine(following, time(), UTC)
