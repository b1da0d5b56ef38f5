"""What the grid is doing now: its quantities, cables, the last hour of frequency, the day by fuel, what went wrong."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, mean, over_time
from include.serving.dashboard.span import Interval, span_of_days
from include.serving.latest import Figure
from include.settlement import LONDON

FUELS = tuple(fuel for fuel in STACK if fuel.code not in ("embedded_wind", "solar", "imports", "storage"))
# What goes both ways has a column for each of them, so that a stack has it on its own side of zero.
BOTH_WAYS = ("storage_mw", "pumping_mw", "imports_mw", "exports_mw")
FIVE_MINUTES = Series(
    "five_minute_generation",
    "started_at",
    timedelta(minutes=5),
    LONDON,
    tuple(mean(column) for column in (*(fuel.column for fuel in FUELS), *BOTH_WAYS, "generation_mw")),
)


@dataclass(frozen=True)
class Cable:
    """One cable: its flow (MW, positive into Great Britain) and capacity; None is what is not known."""

    code: str
    name: str | None
    country: str | None
    capacity_mw: float | None
    flow_mw: float | None
    is_suspect: bool

    @property
    def label(self) -> str:
        """Its name and where it leads, or that nobody announced it."""
        return f"{self.name}, {self.country}" if self.name else f"{self.code}, unknown"

    @property
    def use_pct(self) -> float | None:
        """How much of its capacity is in use (percent), negative while it exports."""
        if self.flow_mw is None or not self.capacity_mw:
            return None
        return 100 * self.flow_mw / self.capacity_mw


def quantities(reader: Reader) -> list[Figure]:
    """Return the quantities of the system, in their order."""
    rows = reader.rows(
        """
        select
            quantity, fuel_code, name, value, unit, as_of_at, settlement_date, settlement_period, lasts_minutes,
            is_suspect
        from analytics.grid_now
        where topic = 'system'
        order by display_order
        """
    )
    return [Figure(**row) for row in rows]


def cables(reader: Reader) -> list[Cable]:
    """Return all cables that are known, and those that nobody announced, with what they carry now."""
    rows = reader.rows(
        """
        with now as (select * from analytics.grid_now where topic = 'interconnectors')

        select
            coalesce(known.fuel_code, now.fuel_code) as code,
            known.name,
            known.country,
            known.capacity_mw::double precision as capacity_mw,
            now.value as flow_mw,
            coalesce(now.is_suspect, false) as is_suspect
        from reference.interconnectors as known
        full join now on known.fuel_code = now.fuel_code
        order by known.display_order nulls last, code
        """
    )
    return [Cable(**row) for row in rows]


def last_hour(reader: Reader) -> pa.Table:
    """Return the newest 60 minutes of frequency (Hz), oldest first; one of which nothing is held has no figures."""
    return reader.table(
        """
        with newest as (select max(started_at) as at from analytics.minute_frequency)

        select minutes.started_at, held.mean_hz, held.min_hz, held.max_hz
        from newest
        cross join generate_series(newest.at - interval '59 minutes', newest.at, interval '1 minute')
            as minutes (started_at)
        left join analytics.minute_frequency as held on minutes.started_at = held.started_at
        order by minutes.started_at
        """
    )


# Of wind and storage Elexon knows what is on the transmission network; a code that nobody announced is no fuel we know.
_BY_FUEL = """(
    select
        started_at,
        {fuels},
        greatest(sum(generation_mw) filter (where fuel = 'storage'), 0) as storage_mw,
        least(sum(generation_mw) filter (where fuel = 'storage'), 0) as pumping_mw,
        greatest(sum(generation_mw) filter (where fuel = 'imports'), 0) as imports_mw,
        least(sum(generation_mw) filter (where fuel = 'imports'), 0) as exports_mw,
        sum(generation_mw) filter (where fuel <> 'imports') as generation_mw
    from (
        select
            held.started_at,
            held.generation_mw,
            case
                when starts_with(held.fuel_code, 'INT') then 'imports' else coalesce(known.mix_fuel_code, 'other')
            end as fuel
        from analytics.five_minute_generation as held
        left join reference.elexon_fuels as known on held.fuel_code = known.fuel_code
        where held.started_at >= %(started_at)s and held.started_at < %(ended_at)s
    ) as of_the_day
    group by started_at
) as by_fuel"""


def of_the_day(reader: Reader, day: date) -> pa.Table:
    """Return the power of each fuel (MW) by five minutes of a day of London, and what cables bring on the whole."""
    one = sql.SQL("sum(generation_mw) filter (where fuel = {}) as {}")
    fuels = (one.format(sql.Literal(fuel.code), sql.Identifier(fuel.column)) for fuel in FUELS)
    relation = sql.SQL(_BY_FUEL).format(fuels=sql.SQL(", ").join(fuels))
    return over_time(reader, FIVE_MINUTES, span_of_days(day, day, LONDON), Interval.FIVE_MINUTES, relation=relation)


@dataclass(frozen=True)
class Incident:
    """What went wrong with the outturn of a day, and with which fuel or cable; `name` is None where it has none."""

    incident: str
    concerns: str
    name: str | None
    first_started_at: datetime
    last_started_at: datetime
    half_hours: int
    worst: float | None
    is_there_at_midnight: bool


def incidents(reader: Reader, day: date) -> list[Incident]:
    """Return what went wrong on a settlement day, in the order in which it began."""
    rows = reader.rows(
        """
        select
            struck.incident,
            struck.concerns,
            coalesce(fuels.name, cables.name) as name,
            struck.first_started_at,
            struck.last_started_at,
            struck.half_hours,
            struck.worst,
            struck.is_there_at_midnight
        from analytics.daily_generation_incidents as struck
        left join reference.elexon_fuels as fuels on struck.concerns = fuels.fuel_code
        left join reference.interconnectors as cables on struck.concerns = cables.fuel_code
        where struck.settlement_date = %(day)s
        order by struck.first_started_at, struck.incident, struck.concerns
        """,
        {"day": day},
    )
    return [Incident(**row) for row in rows]
