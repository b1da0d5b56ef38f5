"""The prices of half-hours: what imbalance cost, and for what electricity was traded."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Measure, Series, mean, over_time, total
from include.serving.dashboard.span import Interval, Span
from include.settlement import HALF_HOUR, LONDON

_VOLUME = "net_imbalance_volume_mwh"
PRICES = Series(
    "half_hourly_prices",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    (
        mean("system_price_gbp_per_mwh"),
        mean("market_index_price_gbp_per_mwh"),
        total(_VOLUME),
        # Each on its own side of zero, so that it has a colour of its own.
        Measure("short_mwh", sql.SQL("greatest(sum({}), 0)").format(sql.Identifier(_VOLUME))),
        Measure("long_mwh", sql.SQL("least(sum({}), 0)").format(sql.Identifier(_VOLUME))),
    ),
    day_column="settlement_date",
    measured_column="system_price_gbp_per_mwh",
)


@dataclass(frozen=True)
class HalfHour:
    """The prices of one half-hour (£/MWh), and by how much the system was short (MWh); None is what is not known."""

    period_started_at: datetime
    system_price_gbp_per_mwh: float | None
    market_index_price_gbp_per_mwh: float | None
    net_imbalance_volume_mwh: float | None


def at(reader: Reader, *instants: datetime) -> dict[datetime, HalfHour]:
    """Return the half-hours that begin at these instants; one that is not published is not among them."""
    rows = reader.rows(
        """
        select
            period_started_at, system_price_gbp_per_mwh, market_index_price_gbp_per_mwh, net_imbalance_volume_mwh
        from analytics.half_hourly_prices
        where period_started_at = any(%(instants)s)
        """,
        {"instants": list(instants)},
    )
    return {row["period_started_at"]: HalfHour(**row) for row in rows}


def over_range(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: mean prices (£/MWh), and the net imbalance volume (MWh)."""
    return over_time(reader, PRICES, span.whole(interval), interval)


@dataclass(frozen=True)
class Extremes:
    """The highest and the lowest system price of a span (£/MWh), and in how many half-hours it was below zero."""

    highest: float
    highest_at: datetime
    lowest: float
    lowest_at: datetime
    negative: int
    half_hours: int


def extremes(reader: Reader, span: Span) -> Extremes | None:
    """Return the extremes of a span; None where it has no system price."""
    statement = sql.SQL(
        """
        select
            (array_agg({price} order by {price} desc, period_started_at))[1] as highest,
            (array_agg(period_started_at order by {price} desc, period_started_at))[1] as highest_at,
            (array_agg({price} order by {price}, period_started_at))[1] as lowest,
            (array_agg(period_started_at order by {price}, period_started_at))[1] as lowest_at,
            count(*) filter (where {price} < 0) as negative,
            count(*) as half_hours
        from analytics.half_hourly_prices
        where {within} and {price} is not null
        """
    ).format(price=sql.Identifier("system_price_gbp_per_mwh"), within=PRICES.within())
    [row] = reader.rows(statement, PRICES.bounds(span))
    return Extremes(**row) if row["half_hours"] else None
