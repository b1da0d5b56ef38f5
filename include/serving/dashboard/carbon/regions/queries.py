"""The regions in one half-hour: what is foreseen of each now, and what was at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2 import sql

from include.serving.dashboard.carbon.fuels import STACK
from include.serving.dashboard.carbon.regions.places import ALL
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series
from include.serving.dashboard.span import Extent
from include.settlement import HALF_HOUR, LONDON, half_hour_of

REGIONAL = Series("half_hourly_regional_carbon_intensity", "period_started_at", HALF_HOUR, LONDON)


@dataclass(frozen=True)
class Region:
    """One region in a half-hour: what is foreseen (g CO2 per kWh), its index, and the share of each fuel (percent)."""

    region_id: int
    region: str
    forecast_g_per_kwh: float | None
    intensity_index: str | None
    shares_pct: Mapping[str, float | None]

    @property
    def has_mix(self) -> bool:
        """Whether any share is published."""
        return any(share is not None for share in self.shares_pct.values())


def newest_or_now(held: Extent, now: datetime) -> datetime:
    """Return the half-hour (its start) that is now; where it is not published, the one nearest to it that is."""
    return min(max(half_hour_of(now), held.first_at), held.newest_at)


def regions(reader: Reader, half_hour: datetime, known_by: datetime | None = None) -> list[Region]:
    """Return the regions in a half-hour by their numbers, as published now or as known at an instant.

    A region of which nothing is published, or was known, is not among them.
    """
    relation = sql.SQL(
        "analytics.half_hourly_regional_carbon_intensity"
        if known_by is None
        else "analytics.regional_carbon_intensity_as_known_at(%(known_by)s)"
    )
    statement = sql.SQL(
        """
        select region_id, names.region, forecast_g_per_kwh, intensity_index, {shares}
        from {relation} as half_hours
        inner join reference.carbon_regions as names using (region_id)
        where period_started_at = %(half_hour)s and region_id = any(%(regions)s)
        order by region_id
        """
    ).format(relation=relation, shares=sql.SQL(", ").join(sql.Identifier(fuel.share_column) for fuel in STACK))
    # The numbers are named so that an index by region, half-hour and instant serves.
    values = {"half_hour": half_hour, "known_by": known_by, "regions": list(ALL)}
    return [_region(row) for row in reader.rows(statement, values)]


def _region(row: Mapping[str, Any]) -> Region:
    return Region(
        row["region_id"],
        row["region"],
        row["forecast_g_per_kwh"],
        row["intensity_index"],
        {fuel.share_column: row[fuel.share_column] for fuel in STACK},
    )
