"""Plants what the grid is doing now, in a table as the model's contract has it, so that a test decides each figure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from psycopg2 import sql

from include.serving.latest import Latest, read_latest
from include.settlement import half_hour_of, settlement_period
from include.warehouse import Role, Warehouse, session

CONTRACT = Path(__file__).parent.parent / "dbt_project/models/marts/elexon/grid_now/grid_now.yml"
NOON = datetime(2026, 5, 20, 11, 0, tzinfo=UTC)
"""12:00 BST, the begin of settlement period 25."""
MINUTE = timedelta(minutes=1)
AT = NOON + 9 * MINUTE
"""When it is read."""


def figure(quantity: str, name: str, value: float, unit: str, **told: Any) -> dict[str, Any]:
    """A row of the table: of the system and of the five minutes from 12:05 BST, where nothing else is told."""
    at = told.get("as_of_at", NOON + 5 * MINUTE)
    day, period = settlement_period(half_hour_of(at))
    begun = {"as_of_at": at, "settlement_date": day, "settlement_period": period, "lasts_minutes": 5}
    row = {"quantity": quantity, "topic": "system", "fuel_code": None, "name": name, "value": value, "unit": unit}
    return {**row, **begun, "is_suspect": False, **told}


def fuel(code: str, name: str, value: float, **told: Any) -> dict[str, Any]:
    """A row of a fuel (MW)."""
    return figure(f"generation {code}", name, value, "MW", topic="generation", fuel_code=code, **told)


def flow(code: str, name: str, value: float, **told: Any) -> dict[str, Any]:
    """A row of a cable (MW)."""
    return figure(f"flow {code}", name, value, "MW", topic="interconnectors", fuel_code=code, **told)


HALF_HOUR_BEFORE = {"as_of_at": NOON - 30 * MINUTE, "lasts_minutes": 30}
GRID = (
    figure("frequency", "Frequency", 50.013, "Hz", as_of_at=NOON + 8 * MINUTE, lasts_minutes=1),
    figure("total generation", "Generation", 11_800, "MW"),
    figure("net imports", "Net imports", 2_050, "MW", is_suspect=True),
    figure("demand", "Demand", 26_317, "MW", **HALF_HOUR_BEFORE),
    figure("system price", "System price", -12.5, "GBP/MWh", **HALF_HOUR_BEFORE),
    figure("net imbalance volume", "Net imbalance volume", -310.4, "MWh", **HALF_HOUR_BEFORE),
    fuel("CCGT", "Gas (combined cycle)", 9_000),
    fuel("WIND", "=1+1 [/b]", 3_000),
    fuel("PS", "Pumped storage", -200),
    flow("INTFR", "IFA", 2_500, is_suspect=True),
    flow("INTIRL", "Moyle", -450),
    flow("INTEW", "East-West (EWIC)", 0),
    flow("INTNEU", "Unknown (INTNEU)", 100),
)


def plant(warehouse: Warehouse, rows: tuple[Mapping[str, Any], ...] = GRID) -> None:
    """Publish these rows as `analytics.grid_now`, in their order."""
    [model] = yaml.safe_load(CONTRACT.read_text())["models"]
    columns = [(each["name"], each["data_type"]) for each in model["columns"]]
    laid_out = sql.SQL(", ").join(
        sql.SQL("{} {} {}").format(
            sql.Identifier(name), sql.SQL(kind), sql.SQL("" if name == "fuel_code" else "not null")
        )
        for name, kind in columns
    )
    with session(warehouse.dsn(Role.TRANSFORMER), application="tests") as transformer, transformer.cursor() as cursor:
        cursor.execute(
            sql.SQL("create table if not exists analytics.grid_now ({}, primary key (quantity))").format(laid_out)
        )
        cursor.execute("delete from analytics.grid_now")
        for place, row in enumerate(rows, start=1):
            told = {**row, "display_order": place}
            cursor.execute(
                "insert into analytics.grid_now select * from jsonb_populate_record(null::analytics.grid_now, %s)",
                (json.dumps(told, default=str),),
            )
        cursor.execute("grant select on analytics.grid_now to gridloom_analyst")
        transformer.commit()


def read(warehouse: Warehouse, *, is_simulated: bool = False) -> Latest:
    """What is planted, as the analyst reads it."""
    with session(warehouse.dsn(Role.ANALYST), application="tests") as analyst:
        found = read_latest(analyst, AT, is_simulated=is_simulated)
    assert found is not None
    return found
