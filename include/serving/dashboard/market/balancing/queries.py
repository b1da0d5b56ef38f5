"""What the system operator asked of units: by half-hours, by fuel and by unit; and what units notified."""

from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, over_time, total
from include.serving.dashboard.span import DAY, Interval, Span
from include.settlement import HALF_HOUR, LONDON

VOLUMES = ("offers_mwh", "system_offers_mwh", "bids_mwh", "system_bids_mwh")
ACTIONS = Series(
    "half_hourly_balancing_actions",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    tuple(total(column) for column in (*VOLUMES, "cost_gbp")),
    day_column="settlement_date",
)
UNITS, NOTIFICATIONS = "balancing_units", "daily_unit_notifications"
# A day has some ten thousand actions: more could not be read while somebody waits.
LONGEST = 92 * DAY
TOP = 15


def latest(span: Span) -> Span:
    """Return a span, or the last days of one that is too long to be read."""
    return replace(span, started_at=max(span.started_at, span.ended_at - LONGEST))


_SUMS = """
    coalesce(sum(volume_mwh) filter (where direction = 'offer' and not is_system_action), 0) as offers_mwh,
    coalesce(sum(volume_mwh) filter (where direction = 'offer' and is_system_action), 0) as system_offers_mwh,
    coalesce(sum(volume_mwh) filter (where direction = 'bid' and not is_system_action), 0) as bids_mwh,
    coalesce(sum(volume_mwh) filter (where direction = 'bid' and is_system_action), 0) as system_bids_mwh,
    coalesce(sum(cost_gbp), 0) as cost_gbp
"""
_BY_HALF_HOUR = """(
    select period_started_at, settlement_date, {sums}
    from analytics.half_hourly_balancing_actions
    where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
    group by period_started_at, settlement_date
) as by_half_hour"""


def over_range(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: energy moved up and down (MWh), and what it cost (£)."""
    relation = sql.SQL(_BY_HALF_HOUR).format(sums=sql.SQL(_SUMS))
    return over_time(reader, ACTIONS, latest(span).whole(interval), interval, relation=relation)


@dataclass(frozen=True)
class Sum:
    """What was asked over a span: energy up and down (MWh), how much of it has no price, and the cost of the rest."""

    up_mwh: float
    down_mwh: float
    unpriced_mwh: float
    cost_gbp: float
    units: int


def summed(reader: Reader, span: Span) -> Sum:
    """Return what was asked over a span."""
    statement = sql.SQL(
        """
        select
            coalesce(sum(volume_mwh) filter (where direction = 'offer'), 0) as up_mwh,
            coalesce(sum(volume_mwh) filter (where direction = 'bid'), 0) as down_mwh,
            coalesce(sum(abs(volume_mwh)) filter (where price_gbp_per_mwh is null), 0) as unpriced_mwh,
            coalesce(sum(cost_gbp), 0) as cost_gbp,
            count(distinct national_grid_bm_unit) as units
        from analytics.half_hourly_balancing_actions
        where {within}
        """
    ).format(within=ACTIONS.within())
    [row] = reader.rows(statement, ACTIONS.bounds(latest(span)))
    return Sum(**row)


def by_fuel(reader: Reader, span: Span) -> pa.Table:
    """Return what was asked of each fuel over a span, the most energy first."""
    return _grouped(reader, span, "coalesce(fuels.name, units.fuel_type, 'Fuel not told')", most=50)


def by_unit(reader: Reader, span: Span) -> pa.Table:
    """Return the units of which most energy was asked over a span, the most first."""
    return _grouped(reader, span, "coalesce(units.name, actions.bm_unit, actions.national_grid_bm_unit)", most=TOP)


def _grouped(reader: Reader, span: Span, name: str, *, most: int) -> pa.Table:
    statement = sql.SQL(
        """
        with by_unit as (
            select national_grid_bm_unit, max(bm_unit) as bm_unit, {sums}
            from analytics.half_hourly_balancing_actions
            where {within}
            group by national_grid_bm_unit
        )

        select
            {name} as name,
            sum(offers_mwh) as offers_mwh,
            sum(system_offers_mwh) as system_offers_mwh,
            sum(bids_mwh) as bids_mwh,
            sum(system_bids_mwh) as system_bids_mwh,
            sum(cost_gbp) as cost_gbp
        from by_unit as actions
        left join {units} on actions.national_grid_bm_unit = units.national_grid_bm_unit
        left join reference.elexon_fuels as fuels on units.fuel_type = fuels.fuel_code
        group by 1
        order by sum(offers_mwh + system_offers_mwh - bids_mwh - system_bids_mwh) desc, 1
        limit %(most)s
        """
    ).format(sums=sql.SQL(_SUMS), name=sql.SQL(name), within=ACTIONS.within(), units=_units(reader))
    return reader.table(statement, {**ACTIONS.bounds(latest(span)), "most": most})


@dataclass(frozen=True)
class Notified:
    """What the units notified that will give most on a day."""

    day: date
    units: pa.Table


def notified(reader: Reader, span: Span) -> Notified | None:
    """Return the units with the most notified energy on the last day of a span that has any; None where none has."""
    if not reader.has(NOTIFICATIONS):
        return None
    (day,) = reader.row(
        "select max(settlement_date) from analytics.daily_unit_notifications where settlement_date <= %(last)s",
        {"last": span.days[1]},
    )
    if day is None:
        return None
    statement = sql.SQL(
        """
        select
            coalesce(units.name, notified.bm_unit, notified.national_grid_bm_unit) as name,
            notified.notified_mwh,
            notified.highest_mw,
            notified.lowest_mw,
            units.generation_capacity_mw
        from analytics.daily_unit_notifications as notified
        left join {units} on notified.national_grid_bm_unit = units.national_grid_bm_unit
        where notified.settlement_date = %(day)s and notified.notified_mwh > 0
        order by notified.notified_mwh desc, 1
        limit %(most)s
        """
    ).format(units=_units(reader))
    return Notified(day, reader.table(statement, {"day": day, "most": TOP}))


def _units(reader: Reader) -> sql.Composable:
    """Return what units are called and burn: their list, or none while it is not published."""
    if reader.has(UNITS):
        return sql.SQL("analytics.balancing_units as units")
    unknown = ("national_grid_bm_unit", "name", "fuel_type")
    columns = ", ".join([*(f"null::text as {each}" for each in unknown), "null::float8 as generation_capacity_mw"])
    return sql.SQL(f"(select {columns} limit 0) as units")
