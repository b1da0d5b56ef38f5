"""How much the published past has moved, and what was known when."""

from datetime import datetime
from typing import Any

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation.half_hours import over_range, over_range_as_known
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Interval, Span


def summary(reader: Reader, span: Span) -> Row:
    """Return how many half-hours of a span were revised, how often, and by how much at most."""
    [row] = reader.rows(
        """
        select
            count(*) as half_hours,
            count(*) filter (where revision_count > 0) as revised,
            count(*) filter (where material_revision_count > 0) as materially_revised,
            coalesce(sum(material_revision_count), 0)::bigint as material_revisions,
            coalesce(sum(flicker_count), 0)::bigint as flickers,
            count(*) filter (where withdrawal_count > 0) as withdrawn,
            max(largest_fuel_change_mw) as largest_fuel_change_mw,
            max(largest_intensity_change_g_per_kwh) as largest_intensity_change_g_per_kwh
        from analytics.generation_revisions
        where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at},
    )
    return row


def day_or_longer(interval: Interval) -> Interval:
    """Return the interval, or a day where it is shorter: of a half-hour there is nothing to count."""
    return Interval.DAY if interval.is_within_day else interval


def revisions_by(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return for each day, month or year how many half-hours changed materially, or by rounding only, and how much."""
    table = reader.table(
        """
        select
            date_trunc(%(unit)s, settlement_date::timestamp) at time zone 'UTC' as bucket_at,
            count(*) filter (where material_revision_count > 0) as material,
            count(*) filter (where revision_count > 0 and material_revision_count = 0) as rounding,
            count(*) filter (where revision_count = 0) as unchanged,
            max(largest_fuel_change_mw) as largest_fuel_change_mw
        from analytics.generation_revisions
        where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
        group by 1
        order by 1
        """,
        {"unit": interval.unit, "started_at": span.started_at, "ended_at": span.ended_at},
    )
    names = [interval.name_of(at, span.zone) for at in table["bucket_at"].to_pylist()]
    return table.append_column("when", pa.array(names, pa.string()))


def most_revised(reader: Reader, span: Span, *, limit: int = 50) -> list[Row]:
    """Return the half-hours whose figures moved most."""
    return reader.rows(
        """
        select
            period_started_at, version_count, largest_fuel_change_mw
        from analytics.generation_revisions
        where
            period_started_at >= %(started_at)s and period_started_at < %(ended_at)s and revision_count > 0
        order by largest_fuel_change_mw desc, period_started_at
        limit %(limit)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at, "limit": limit},
    )


def versions(reader: Reader, period_started_at: datetime) -> pa.Table:
    """Return all versions of one half-hour, the first one first."""
    fuels = sql.SQL(", ").join(sql.Identifier(fuel.column) for fuel in STACK)
    statement = sql.SQL(
        """
        select version_number, known_at, is_withdrawn, generation_mw, carbon_intensity_g_per_kwh, {fuels}
        from analytics.half_hourly_generation_versions
        where period_started_at = %(at)s
        order by version_number
        """
    )
    return reader.table(statement.format(fuels=fuels), {"at": period_started_at})


def as_known_and_now(reader: Reader, span: Span, interval: Interval, known_by: datetime) -> tuple[pa.Table, pa.Table]:
    """Return the mix as it was known at an instant, and what was published since on top of it, fuel by fuel (MW)."""
    then = over_range_as_known(reader, span, interval, known_by)
    now = over_range(reader, span, interval)
    return then, _difference(then, now)


def _difference(then: pa.Table, now: pa.Table) -> pa.Table:
    """Return now minus then for each interval; one of which other half-hours were known then has no figures."""
    before = {(row["bucket_at"], row["periods"]): row for row in then.to_pylist() if row["periods"]}
    pairs = [(before.get((row["bucket_at"], row["periods"])), row) for row in now.to_pylist()]
    is_compared = [older is not None for older, _ in pairs]
    measures = (*(fuel.column for fuel in STACK), "generation_mw", "energy_mwh", "carbon_intensity_g_per_kwh")
    columns: dict[str, list[Any]] = {name: now[name].to_pylist() for name in ("bucket_at", "bucket_until_at", "when")}
    columns |= {name: [older and _minus(newer[name], older[name]) for older, newer in pairs] for name in measures}
    columns["is_provisional"] = [older is not None and newer["is_provisional"] for older, newer in pairs]
    columns["stands_alone"] = _without_neighbours(is_compared)
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _without_neighbours(is_there: list[bool]) -> list[bool]:
    """Return of each whether it is there and those before and after it are not."""
    before, after = [False, *is_there[:-1]], [*is_there[1:], False]
    return [itself and not (left or right) for left, itself, right in zip(before, is_there, after, strict=True)]


def _minus(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else now - then
