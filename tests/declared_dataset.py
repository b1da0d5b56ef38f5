"""A dataset that no source knows: declared as the migration would do it, loaded and published."""

from datetime import timedelta
from typing import Any

from psycopg2 import sql
from psycopg2.extras import Json

from include.warehouse import Warehouse, session

NAME, TABLE, DAG = "tide_heights", "half_hourly_tides", "tides"
TIDES: dict[str, Any] = {
    "dataset": NAME,
    "dag_id": DAG,
    "publisher": "tide",
    "publisher_title": "Tide Office",
    "publisher_url": "https://tide.test/v1",
    "attribution": "Contains tides",
    "licence": "Open",
    "licence_url": "https://tide.test/licence",
    "title": "Heights",
    "published_table": TABLE,
    "time_column": "at",
    "step": timedelta(minutes=30),
    "time_zone": "Europe/London",
    "is_declared": True,
}


def declare(warehouse: Warehouse, **told: Any) -> None:
    """Declare the dataset, with some of it told otherwise."""
    told = {**TIDES, **told}
    names = sql.SQL(", ").join(map(sql.Identifier, told))
    values = sql.SQL(", ").join(map(sql.Placeholder, told))
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(sql.SQL("insert into ops.datasets ({}) values ({})").format(names, values), told)


def publish(warehouse: Warehouse, rows: str, *, columns: str = "at timestamptz", table: str = TABLE) -> None:
    """Put rows, as SQL, into a table of `analytics`."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(f"create table analytics.{table} ({columns}); insert into analytics.{table} values {rows}")
        cursor.execute(f"grant select on analytics.{table} to gridloom_loader, gridloom_analyst, gridloom_screens")


def load(warehouse: Warehouse, run_id: int, *, dataset: str = NAME, scope: str = "all", **told: Any) -> None:
    """Note a load of a dataset within a run."""
    told = {"run_id": run_id, "dataset": dataset, "scope": scope, "is_routine": True, "outcome": "held", **told}
    names = sql.SQL(", ").join(map(sql.Identifier, told))
    values = sql.SQL(", ").join(map(sql.Placeholder, told))
    statement = sql.SQL("insert into ops.loads (started_at, {}) values (now(), {})").format(names, values)
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(statement, told)


def judge(
    warehouse: Warehouse, run_id: int, suite: str, name: str, *, success: bool, finding: str = "", **told: Any
) -> None:
    """Note what a check of a run found."""
    told = {"stage": "check_marts", "subject": suite, "expectation": "expect_a_thing", "severity": "critical", **told}
    told |= {"run_id": run_id, "suite": suite, "name": name, "success": success}
    told |= {"details": Json({"description": name, "finding": finding})}
    names = sql.SQL(", ").join(map(sql.Identifier, told))
    values = sql.SQL(", ").join(map(sql.Placeholder, told))
    statement = sql.SQL("insert into ops.quality_results (judged_at, {}) values (clock_timestamp(), {})")
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(statement.format(names, values), told)
