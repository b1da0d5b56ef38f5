"""The published half-hours of generation, over time: power is averaged, energy summed, intensity weighted by it.

Shares and the carbon balance are read as their marts have them. Days, months and years are whole, so that they are
those of the marts, whatever range they are drawn in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import (
    UTC_DATE,
    Series,
    beside,
    energy_mwh,
    mean,
    mean_of_all,
    over_time,
    weighted,
)
from include.serving.dashboard.span import Interval, Span
from include.settlement import HALF_HOUR, LONDON

# NESO rewrites some 96 days back in every run (measured on 71 copies of spring 2026).
REWRITTEN_FOR = timedelta(days=96)

HALF_HOURS = Series(
    "half_hourly_generation",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    (
        # Embedded wind is null where it was not split off from wind: it then adds nothing to the stack, and wind holds
        # it. The mean over all half-hours keeps the stack as high as the total.
        *(mean_of_all(fuel.column) for fuel in STACK),
        mean("generation_mw"),
        energy_mwh("energy_mwh", "generation_mw", HALF_HOUR),
        weighted("carbon_intensity_g_per_kwh", "generation_mw"),
    ),
    day_column="settlement_date",
)
BALANCE = Series(
    "half_hourly_carbon_balance",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    (
        *(mean(column) for column in ("zero_carbon_mw", "carbon_mw", "unclassified_mw")),
        weighted("zero_carbon_pct", "generation_mw"),
    ),
    day_column="settlement_date",
)
# The mart that has the shares of an interval, and what tells its row's interval.
_SHARES = {
    Interval.HALF_HOUR: ("half_hourly_generation_mix", "period_started_at"),
    Interval.HOUR: ("half_hourly_generation_mix", "period_started_at"),
    Interval.DAY: ("daily_generation_mix", "settlement_date"),
    Interval.MONTH: ("monthly_generation_mix", "settlement_month"),
    Interval.YEAR: ("yearly_generation_mix", "make_date(settlement_year, 1, 1)"),
}


def over_range(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: MW of each fuel, its share (percent), energy (MWh), balance.

    An interval of which nothing is published, between others of which something is, has a row without figures.
    """
    whole = span.whole(interval)
    table = over_time(reader, HALF_HOURS, whole, interval, provisional_from=provisional_from(reader))
    table = beside(table, over_time(reader, BALANCE, whole, interval), (each.name for each in BALANCE.measures))
    return beside(table, _shares(reader, whole, interval), (fuel.share_column for fuel in STACK))


def over_range_as_known(reader: Reader, span: Span, interval: Interval, known_by: datetime) -> pa.Table:
    """Return MW of each fuel, energy and intensity as they were known at an instant, one row per interval."""
    return over_time(
        reader,
        HALF_HOURS,
        span.whole(interval),
        interval,
        relation=sql.SQL("analytics.generation_mix_as_known_at(%(known_by)s)"),
        provisional_from=provisional_from(reader, known_by=known_by),
        known_by=known_by,
    )


def provisional_from(reader: Reader, *, known_by: datetime | None = None) -> datetime | None:
    """Return from which half-hour on the publisher may still rewrite: what was young when we last heard from it.

    With `known_by`, from which one on it could still be rewritten at that instant.
    """
    if known_by is not None:
        return known_by - REWRITTEN_FOR
    (last_known_at,) = reader.row(
        "select max(last_known_at) from ops.datasets where published_table = %(table)s", {"table": HALF_HOURS.table}
    )
    return None if last_known_at is None else last_known_at - REWRITTEN_FOR


def _shares(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return the share of each fuel (percent) by interval, as the marts have it.

    An hour has no mart: its shares are those of its half-hours, weighted by their energy.
    """
    mart, period = _SHARES[interval]
    first, last = span.days
    shares = sql.SQL(", ").join(
        sql.SQL("sum(share_pct * whole_mwh) filter (where fuel_code = {}) / sum(energy_mwh) as {}").format(
            sql.Literal(fuel.code), sql.Identifier(fuel.share_column)
        )
        for fuel in STACK
    )
    statement = sql.SQL(
        """
        with shares as (
            select
                {bucket} as bucket_at, fuel_code, share_pct::double precision as share_pct, energy_mwh,
                sum(energy_mwh) over (partition by {period}) as whole_mwh
            from {mart}
            where {within}
        )
        select bucket_at, {shares} from shares group by bucket_at having sum(energy_mwh) > 0
        """
    ).format(
        bucket=HALF_HOURS.bucket(interval) if interval.is_within_day else UTC_DATE.format(sql.SQL(period)),
        period=sql.SQL(period),
        mart=sql.Identifier("analytics", mart),
        within=HALF_HOURS.within() if interval.is_within_day else sql.SQL(f"{period} between %(first)s and %(last)s"),
        shares=shares,
    )
    return reader.table(statement, {**HALF_HOURS.bounds(span), "first": first, "last": last})


@dataclass(frozen=True)
class Instant:
    """One half-hour's total (MW), zero-carbon share (percent) and intensity (g CO2 per kWh)."""

    period_started_at: datetime
    generation_mw: float
    zero_carbon_pct: float | None
    carbon_intensity_g_per_kwh: float | None
    fuels_mw: Mapping[str, float | None]
    shares_pct: Mapping[str, float | None]


def at(reader: Reader, *instants: datetime) -> dict[datetime, Instant]:
    """Return the half-hours that begin at these instants; one that is not published is not among them."""
    rows = reader.rows(
        """
        select
            half_hour.*,
            balance.zero_carbon_pct,
            (
                select jsonb_object_agg(fuel_code, share_pct)
                from analytics.half_hourly_generation_mix as mix
                where mix.period_started_at = half_hour.period_started_at
            ) as shares_pct
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
        row["shares_pct"],
    )
