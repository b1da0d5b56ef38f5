"""What the grid of Great Britain is doing now, as `analytics.grid_now` tells it, arranged for people and for programs.

Every face of it (the command, the workbook) shows what is read here. The clock is handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from psycopg2.extras import RealDictCursor

from include.serving.ages import ago
from include.serving.datasets import Attribution
from include.settlement import HALF_HOUR, LONDON
from include.warehouse import Connection, fetch_value

F = TypeVar("F", bound="Figure")

TABLE = "grid_now"
QUANTITIES = """
    select
        now.quantity, now.topic, now.fuel_code, now.name, now.value, now.unit, now.as_of_at, now.settlement_date,
        now.settlement_period, now.lasts_minutes, now.is_suspect, cable.country, cable.capacity_mw
    from analytics.grid_now as now
    left join reference.interconnectors as cable on now.topic = 'interconnectors' and now.fuel_code = cable.fuel_code
    order by now.display_order, now.quantity
"""
# Whose data it is made of: the datasets of the DAG that published it last.
OWED = """
    select distinct attribution as text, licence, licence_url
    from ops.datasets
    where
        is_declared
        and last_known_at is not null
        and dag_id = (
            select run.dag_id
            from ops.publications as publication
            inner join ops.pipeline_runs as run on publication.run_id = run.run_id
            where publication.tables ? %(table)s
            order by publication.published_at desc
            limit 1
        )
    order by text, licence, licence_url
"""


class Direction(StrEnum):
    """Where power goes over a cable, as Great Britain sees it."""

    IMPORT = "import"
    EXPORT = "export"
    IDLE = "idle"


@dataclass(frozen=True)
class Figure:
    """One quantity as it was last published."""

    quantity: str
    """Its name for programs, unique among all: `frequency`, `generation CCGT`, `flow INTFR`."""
    fuel_code: str | None
    name: str
    value: float
    unit: str
    """Hz, MW, MWh or GBP/MWh."""
    as_of_at: datetime
    """Start of the time that the value is of (UTC)."""
    settlement_date: date
    settlement_period: int
    lasts_minutes: int
    is_suspect: bool

    def age(self, at: datetime) -> timedelta:
        """Return the time since the start of what the value is of; none where that is still to come."""
        return max(at - self.as_of_at, timedelta())


@dataclass(frozen=True)
class Flow(Figure):
    """What an interconnector carries; its value (MW) is positive into Great Britain."""

    country: str | None
    """Where it leads to; None of a cable that nobody announced."""
    capacity_mw: int | None

    @property
    def direction(self) -> Direction:
        """Which way the power goes."""
        if self.value == 0:
            return Direction.IDLE
        return Direction.IMPORT if self.value > 0 else Direction.EXPORT

    @property
    def use_share(self) -> float | None:
        """Part of the capacity that is in use, whichever way (0 to 1; more where a cable carries more than it can)."""
        return abs(self.value) / self.capacity_mw if self.capacity_mw else None


@dataclass(frozen=True)
class Latest:
    """What the grid is doing, as it was known at an instant."""

    at: datetime
    system: tuple[Figure, ...]
    """Frequency, demand, totals, prices: whatever is told of the whole."""
    generation: tuple[Figure, ...]
    """By fuel; negative where storage is being filled."""
    interconnectors: tuple[Flow, ...]
    attributions: tuple[Attribution, ...]
    is_simulated: bool

    @property
    def generated_mw(self) -> float:
        """Sum of the fuels that generate (MW); storage that is being filled takes nothing off it."""
        return sum(each.value for each in self.generation if each.value > 0)

    def share(self, fuel: Figure) -> float | None:
        """Return the part of a fuel in what is generated (0 to 1); None where it takes power instead."""
        return fuel.value / self.generated_mw if fuel.value >= 0 and self.generated_mw else None


def read_latest(connection: Connection, at: datetime, *, is_simulated: bool) -> Latest | None:
    """Return what is published of the grid's present; None where nothing is, or the warehouse was never migrated."""
    if fetch_value(connection, "select to_regclass(%s)", (f"analytics.{TABLE}",)) is None:
        return None
    rows = _rows(connection, QUANTITIES)
    if not rows:
        return None
    return Latest(
        at,
        tuple(_of(Figure, row) for row in rows if row["topic"] == "system"),
        tuple(_of(Figure, row) for row in rows if row["topic"] == "generation"),
        tuple(_of(Flow, row) for row in rows if row["topic"] == "interconnectors"),
        tuple(Attribution(**row) for row in _rows(connection, OWED, {"table": TABLE})),
        is_simulated,
    )


def time_of(figure: Figure, at: datetime) -> str:
    """Return when a value is of, in London's time: `12:05 BST`, `11:30–12:00 BST`; with the day where it is another."""
    begun = figure.as_of_at.astimezone(LONDON)
    day = f"{begun:%-d %b} " if begun.date() != at.astimezone(LONDON).date() else ""
    lasts = timedelta(minutes=figure.lasts_minutes)
    ended = f"–{(figure.as_of_at + lasts).astimezone(LONDON):%H:%M}" if lasts >= HALF_HOUR else ""
    return f"{day}{begun:%H:%M}{ended} {begun:%Z}"


def age_of(figure: Figure, at: datetime) -> str:
    """Return how long ago what a value is of began, in words: `4 min ago`."""
    return f"{ago(figure.age(at))} ago"


def as_json(latest: Latest) -> dict[str, Any]:
    """Return all of it as JSON can hold it: instants in UTC as ISO has them, ages in seconds, shares of 1."""
    return {
        "at": _instant(latest.at),
        "is_simulated": latest.is_simulated,
        "system": [_figure(each, latest.at) for each in latest.system],
        "generation": [{**_figure(each, latest.at), "share": latest.share(each)} for each in latest.generation],
        "interconnectors": [_flow(each, latest.at) for each in latest.interconnectors],
        "attributions": [vars(each) for each in latest.attributions],
    }


def _flow(flow: Flow, at: datetime) -> dict[str, Any]:
    return {**_figure(flow, at), "direction": flow.direction.value, "use_share": flow.use_share}


def _figure(figure: Figure, at: datetime) -> dict[str, Any]:
    told = vars(figure) | {"as_of_at": _instant(figure.as_of_at), "settlement_date": str(figure.settlement_date)}
    return {**told, "age_seconds": round(figure.age(at).total_seconds())}


def _instant(at: datetime) -> str:
    # UTC is written as Z, which every reader of ISO instants takes.
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _of(kind: type[F], row: Mapping[str, Any]) -> F:
    return kind(**{field.name: row[field.name] for field in fields(kind)})


def _rows(connection: Connection, statement: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return [dict(row) for row in cursor.fetchall()]
