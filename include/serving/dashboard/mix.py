"""The generation mix over time, aggregated in SQL: power is averaged, energy summed, shares and intensity weighted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Interval, Published, Span

# NESO rewrites some 96 days back in every run (measured on 71 copies of spring 2026).
REWRITTEN_FOR = timedelta(days=96)

_BUCKETS = {
    Interval.HALF_HOUR: "period_started_at",
    Interval.HOUR: "date_trunc('hour', period_started_at)",
    # A London day is drawn at its date, whatever the clocks do.
    Interval.DAY: "settlement_date::timestamp at time zone 'UTC'",
    Interval.MONTH: "date_trunc('month', settlement_date::timestamp) at time zone 'UTC'",
    Interval.YEAR: "date_trunc('year', settlement_date::timestamp) at time zone 'UTC'",
}
_LENGTHS = {
    Interval.HALF_HOUR: "30 minutes",
    Interval.HOUR: "1 hour",
    Interval.DAY: "1 day",
    Interval.MONTH: "1 month",
    Interval.YEAR: "1 year",
}
LONDON_TIME = "bucket_at at time zone 'Europe/London'"
# The hour that comes twice in autumn is told apart by it.
LONDON_ZONE = f"case when {LONDON_TIME} = bucket_at at time zone 'UTC' then ' GMT' else ' BST' end"
_NAMES = {
    Interval.HALF_HOUR: "Dy FMDD Mon YYYY, HH24:MI",
    Interval.HOUR: "Dy FMDD Mon YYYY, HH24:MI",
    Interval.DAY: "Dy FMDD Mon YYYY",
    Interval.MONTH: "FMMonth YYYY",
    Interval.YEAR: "YYYY",
}
# Embedded wind is null where it was not split off from wind: it then adds nothing to the stack, and wind holds it.
# Dividing by all half-hours keeps the stack as high as the total.
_FUEL = """
        sum({column}) / count(*) as {column},
        100 * sum({column}) / nullif(sum(generation_mw), 0) as {share}"""

_MEASURES = (
    *(fuel.column for fuel in STACK),
    *(fuel.share_column for fuel in STACK),
    *("generation_mw", "energy_mwh", "carbon_intensity_g_per_kwh"),
    *("zero_carbon_mw", "carbon_mw", "unclassified_mw", "zero_carbon_pct"),
)

_SERIES = """
with half_hours as (
    select {bucket} as bucket_at, *
    from {table}
    where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
),

published as (
    select
        bucket_at,
        {fuels},
        avg(generation_mw) as generation_mw,
        sum(generation_mw) / 2 as energy_mwh,
        sum(carbon_intensity_g_per_kwh * generation_mw)
        / nullif(sum(generation_mw) filter (where carbon_intensity_g_per_kwh is not null), 0)
            as carbon_intensity_g_per_kwh,
        count(*)::integer as half_hours,
        max(period_started_at) >= %(provisional_from)s as is_provisional
    from half_hours
    group by bucket_at
),

classes as (
    select
        coalesce(array_agg(fuel_code) filter (where is_zero_carbon), '{{}}') as zero_carbon,
        coalesce(array_agg(fuel_code) filter (where is_carbon), '{{}}') as carbon
    from reference.fuels
),

balanced as (
    select
        published.*,
        balance.zero_carbon_mw,
        balance.carbon_mw,
        published.generation_mw - balance.zero_carbon_mw - balance.carbon_mw as unclassified_mw,
        100 * balance.zero_carbon_mw / nullif(published.generation_mw, 0) as zero_carbon_pct
    from published
    cross join classes
    cross join lateral (
        -- Averages add up as the half-hours do, so the classes are summed once per bucket.
        select
            coalesce(sum(part.mw) filter (where part.fuel_code = any(classes.zero_carbon)), 0) as zero_carbon_mw,
            coalesce(sum(part.mw) filter (where part.fuel_code = any(classes.carbon)), 0) as carbon_mw
        from (values {parts}) as part (fuel_code, mw)
    ) as balance
),

buckets as (
    -- UTC has no change of clocks, so that all steps are as long as they are named.
    select
        started_at at time zone 'UTC' as bucket_at,
        (started_at + {length}::interval) at time zone 'UTC' as bucket_until_at
    from (
        select min(bucket_at) at time zone 'UTC' as first_at, max(bucket_at) at time zone 'UTC' as last_at
        from published
    ) as ends
    cross join generate_series(ends.first_at, ends.last_at, {length}::interval) as started_at
)

select
    bucket_at,
    buckets.bucket_until_at,
    {measures},
    coalesce(balanced.half_hours, 0) as half_hours,
    coalesce(balanced.is_provisional, false) as is_provisional,
    balanced.half_hours is not null
    and lag(balanced.half_hours) over neighbours is null
    and lead(balanced.half_hours) over neighbours is null as stands_alone,
    to_char({named_at}, {name_format})
    || {zone}
    || case
        when balanced.half_hours is null then ' · nothing published'
        when balanced.is_provisional then ' · may still change'
        else ''
    end as "when"
from buckets
left join balanced using (bucket_at)
window neighbours as (order by bucket_at)
order by bucket_at
"""


def published(reader: Reader) -> Published | None:
    """Return the first and the newest half-hour, or None where nothing is published."""
    first_at, newest_at = reader.row(
        "select min(period_started_at), max(period_started_at) from analytics.half_hourly_generation"
    )
    return None if first_at is None else Published(first_at, newest_at)


def provisional_from(reader: Reader, *, known_by: datetime | None = None) -> datetime | None:
    """Return from which half-hour on the publisher may still rewrite: what was young when we last heard from it.

    With `known_by`, from which one on it could still be rewritten at that instant.
    """
    if known_by is not None:
        return known_by - REWRITTEN_FOR
    (last_known_at,) = reader.row("select max(last_known_at) from ops.datasets where dataset = 'neso_generation_mix'")
    return None if last_known_at is None else last_known_at - REWRITTEN_FOR


def series(reader: Reader, span: Span, interval: Interval, *, known_by: datetime | None = None) -> pa.Table:
    """Return one row per interval, oldest first: MW of each fuel, its share (percent), energy (MWh), intensity.

    An interval of which nothing is published, between others of which something is, has a row without figures.
    With `known_by`, as the half-hours were known at that instant.
    """
    values = {
        "started_at": span.started_at,
        "ended_at": span.ended_at,
        "known_by": known_by,
        "provisional_from": provisional_from(reader, known_by=known_by),
    }
    return reader.table(_series_statement(interval, as_known=known_by is not None), values)


def _series_statement(interval: Interval, *, as_known: bool) -> sql.Composed:
    table = "analytics.generation_mix_as_known_at(%(known_by)s)" if as_known else "analytics.half_hourly_generation"
    fuels = [
        sql.SQL(_FUEL).format(column=sql.Identifier(fuel.column), share=sql.Identifier(fuel.share_column))
        for fuel in STACK
    ]
    parts = [
        sql.SQL("({}, {})").format(sql.Literal(fuel.code), sql.Identifier("published", fuel.column)) for fuel in STACK
    ]
    return sql.SQL(_SERIES).format(
        bucket=sql.SQL(_BUCKETS[interval]),
        length=sql.Literal(_LENGTHS[interval]),
        named_at=sql.SQL(LONDON_TIME if interval.is_within_day else "bucket_at at time zone 'UTC'"),
        name_format=sql.Literal(_NAMES[interval]),
        zone=sql.SQL(LONDON_ZONE if interval.is_within_day else "''"),
        table=sql.SQL(table),
        fuels=sql.SQL(",").join(fuels),
        parts=sql.SQL(", ").join(parts),
        measures=sql.SQL(", ").join(sql.Identifier("balanced", measure) for measure in _MEASURES),
    )


@dataclass(frozen=True)
class Instant:
    """One half-hour's total (MW), zero-carbon share (percent) and intensity (g CO2 per kWh)."""

    period_started_at: datetime
    generation_mw: float
    zero_carbon_pct: float | None
    carbon_intensity_g_per_kwh: float | None
    fuels_mw: Mapping[str, float | None]


def at(reader: Reader, *instants: datetime) -> dict[datetime, Instant]:
    """Return the half-hours that begin at these instants; one that is not published is not among them."""
    rows = reader.rows(
        """
        select half_hour.*, balance.zero_carbon_pct
        from analytics.half_hourly_generation as half_hour
        inner join analytics.half_hourly_carbon_balance as balance using (period_started_at)
        where period_started_at = any(%(instants)s)
        """,
        {"instants": list(instants)},
    )
    return {row["period_started_at"]: _instant(row) for row in rows}


def _instant(row: Mapping[str, Any]) -> Instant:
    return Instant(
        row["period_started_at"],
        row["generation_mw"],
        row["zero_carbon_pct"],
        row["carbon_intensity_g_per_kwh"],
        {fuel.code: row[fuel.column] for fuel in STACK},
    )
