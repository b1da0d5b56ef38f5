"""A published table over time, of any step and time zone: what there is of it, and its figures by an interval."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import DAY, Extent, Interval, Span, midnight
from include.serving.datasets import DeclaredDataset

UTC_DATE = sql.SQL("{}::timestamp at time zone 'UTC'")


@dataclass(frozen=True)
class Measure:
    """A figure, and the SQL that makes one of those of an interval's periods."""

    name: str
    over: sql.Composable


def mean(column: str) -> Measure:
    """Return the mean of a column over the periods that have a value."""
    return Measure(column, sql.SQL("avg({})").format(sql.Identifier(column)))


def mean_of_all(column: str) -> Measure:
    """Return the mean of a column over all periods: one without a value adds nothing."""
    return Measure(column, sql.SQL("sum({}) / count(*)").format(sql.Identifier(column)))


def total(column: str) -> Measure:
    """Return the sum of a column over the periods that have a value."""
    return Measure(column, sql.SQL("sum({})").format(sql.Identifier(column)))


def energy_mwh(name: str, power_mw: str, step: timedelta) -> Measure:
    """Return the energy (MWh) of a power (MW) that lasts a step each."""
    hours = sql.Literal(step / timedelta(hours=1))
    return Measure(name, sql.SQL("sum({}) * {}").format(sql.Identifier(power_mw), hours))


def weighted(column: str, weight: str) -> Measure:
    """Return the mean of a column, each period weighted by another column."""
    text = "sum({column} * {weight}) / nullif(sum({weight}) filter (where {column} is not null), 0)"
    return Measure(column, sql.SQL(text).format(column=sql.Identifier(column), weight=sql.Identifier(weight)))


@dataclass(frozen=True)
class Series:
    """A table over time, one row per period."""

    table: str
    time_column: str
    """Names a period by its start: an instant, or a date where periods are days."""
    step: timedelta
    """How long a period lasts."""
    zone: ZoneInfo
    """Whose days they make."""
    measures: tuple[Measure, ...] = ()
    day_column: str | None = None
    """Holds a period's day in the zone, where the table has it."""
    measured_column: str | None = None
    """Periods in which it is null are forecasts: the newest of the others is the newest period."""
    schema: str = "analytics"

    @property
    def relation(self) -> sql.Composable:
        """The table, quoted."""
        return sql.Identifier(self.schema, self.table)

    @property
    def is_of_days(self) -> bool:
        """Whether a period is a day, and so named by a date."""
        return self.step >= DAY

    def within(self) -> sql.Composed:
        """Return the condition that keeps the periods of `bounds`."""
        return sql.SQL("{time} >= %(started_at)s and {time} < %(ended_at)s").format(
            time=sql.Identifier(self.time_column)
        )

    def bounds(self, span: Span) -> dict[str, datetime | date]:
        """Return what a span means to `within`."""
        if not self.is_of_days:
            return {"started_at": span.started_at, "ended_at": span.ended_at}
        first, last = span.days
        return {"started_at": first, "ended_at": last + DAY}

    def bucket(self, interval: Interval) -> sql.Composed:
        """Return the expression for the interval a period is in: its start, or its first date in UTC."""
        if not interval.is_within_day:
            return UTC_DATE.format(
                sql.SQL("date_trunc({}, {}::timestamp)").format(sql.Literal(interval.unit), self._day)
            )
        midnight_there = sql.Literal(midnight(date(2000, 1, 1), self.zone))
        return sql.SQL("date_bin({}, {}, {})").format(
            sql.Literal(interval.label), sql.Identifier(self.time_column), midnight_there
        )

    @property
    def _day(self) -> sql.Composable:
        if self.day_column or self.is_of_days:
            return sql.Identifier(self.day_column or self.time_column)
        return sql.SQL("({} at time zone {})::date").format(
            sql.Identifier(self.time_column), sql.Literal(self.zone.key)
        )


def series_of(dataset: DeclaredDataset) -> Series | None:
    """Return what readers find of a dataset over time, without measures; None where it has no such table."""
    if dataset.published_table is None or dataset.time_column is None or dataset.step is None:
        return None
    return Series(
        dataset.published_table,
        dataset.time_column,
        dataset.step,
        ZoneInfo(dataset.time_zone or "UTC"),
        measured_column=dataset.measured_column,
    )


def extent(reader: Reader, series: Series) -> Extent | None:
    """Return what there is of a series, or None where nothing is published."""
    statement = sql.SQL("select (select min({time}) from {table}), (select max({time}) from {table} where {measured})")
    time = sql.Identifier(series.time_column)
    measured = sql.Identifier(series.measured_column) if series.measured_column else time
    first, newest = reader.row(
        statement.format(time=time, table=series.relation, measured=sql.SQL("{} is not null").format(measured))
    )
    if first is None or newest is None:
        return None
    first_at, newest_at = (midnight(end, series.zone) if series.is_of_days else end for end in (first, newest))
    return Extent(first_at, newest_at, series.step, series.zone)


_OVER_TIME = """
with periods as (
    select {bucket} as bucket_at, *
    from {relation}
    where {within}
),

held as (
    select
        bucket_at,
        {measures},
        count(*)::integer as periods,
        coalesce(max({time}) >= %(provisional_from)s, false) as is_provisional
    from periods
    group by bucket_at
),

buckets as (
    -- UTC has no change of clocks, so that all steps are as long as they are named.
    select
        started_at at time zone 'UTC' as bucket_at,
        (started_at + {length}::interval) at time zone 'UTC' as bucket_until_at
    from (
        select min(bucket_at) at time zone 'UTC' as first_at, max(bucket_at) at time zone 'UTC' as last_at
        from held
    ) as ends
    cross join generate_series(ends.first_at, ends.last_at, {length}::interval) as started_at
)

select
    bucket_at,
    buckets.bucket_until_at,
    {names},
    coalesce(held.periods, 0) as periods,
    coalesce(held.is_provisional, false) as is_provisional,
    held.periods is not null
    and lag(held.periods) over neighbours is null
    and lead(held.periods) over neighbours is null as stands_alone
from buckets
left join held using (bucket_at)
window neighbours as (order by bucket_at)
order by bucket_at
"""


def over_time(
    reader: Reader,
    series: Series,
    span: Span,
    interval: Interval,
    *,
    relation: sql.Composable | None = None,
    provisional_from: datetime | None = None,
    **values: object,
) -> pa.Table:
    """Return one row per interval, oldest first: its figures, how many periods it holds, and its name for readers.

    An interval of which nothing is published, between others of which something is, has a row without figures.
    `relation` stands for the table where its rows come from elsewhere (a function, say, of `values`).
    Periods from `provisional_from` on may still be rewritten.
    """
    statement = sql.SQL(_OVER_TIME).format(
        bucket=series.bucket(interval),
        relation=relation or series.relation,
        within=series.within(),
        time=sql.Identifier(series.time_column),
        length=sql.Literal(interval.label),
        measures=sql.SQL(", ").join(
            sql.SQL("{} as {}").format(each.over, sql.Identifier(each.name)) for each in series.measures
        ),
        names=sql.SQL(", ").join(sql.Identifier("held", each.name) for each in series.measures),
    )
    table = reader.table(statement, {**series.bounds(span), **values, "provisional_from": provisional_from})
    return table.append_column("when", pa.array(_names(table, interval, series.zone), pa.string()))


def beside(table: pa.Table, other: pa.Table, columns: Iterable[str]) -> pa.Table:
    """Return a table over time with these columns of another one, null where the other has no such interval."""
    rows = {bucket_at: number for number, bucket_at in enumerate(other["bucket_at"].to_pylist())}
    matching = other.take(pa.array([rows.get(bucket_at) for bucket_at in table["bucket_at"].to_pylist()], pa.int64()))
    for column in columns:
        table = table.append_column(column, matching[column])
    return table


def _names(table: pa.Table, interval: Interval, zone: ZoneInfo) -> list[str]:
    columns = (table[name].to_pylist() for name in ("bucket_at", "periods", "is_provisional"))
    return [
        interval.name_of(bucket_at, zone)
        + (" · may still change" if is_provisional else "" if periods else " · nothing published")
        for bucket_at, periods, is_provisional in zip(*columns, strict=True)
    ]
