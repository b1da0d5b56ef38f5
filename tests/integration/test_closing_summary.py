"""What `gridloom run` says at the end: the same for every DAG, from what it declared, loaded and published."""

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg2.extras import Json

from include.commands.summary import EXAMPLE, find_run, print_run
from include.operations import runs
from include.warehouse import Connection, Warehouse
from tests.declared_dataset import DAG, NAME, TABLE, declare, load, publish

RUN = "manual__1"


@pytest.fixture
def run_id(loader: Connection) -> int:
    """A run that has ended."""
    run_id = runs.open_run(loader, DAG, RUN)
    runs.close_run(loader, DAG, RUN, failed=False)
    return run_id


def _told(analyst: Connection, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    """Return the lines that are printed, their blanks made one, and the query that is recommended."""
    run = find_run(analyst, DAG, RUN)
    assert run is not None
    example = print_run(analyst, run, datetime(2026, 11, 2, 12, tzinfo=UTC))
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()], example


def _published(transformer: Connection, run_id: int, **tables: dict[str, int]) -> None:
    with transformer, transformer.cursor() as cursor:
        cursor.execute(
            "insert into ops.publications (build_id, run_id, published_at, keys, tables, was_forced)"
            " values (1, %s, now(), 9, %s, false)",
            (run_id, Json(tables)),
        )


ROWS = {"rows_published": 1440, "rows_new": 48, "rows_revised": 2, "rows_withdrawn": 1}


def test_each_dataset_and_table_is_told_with_its_rows_and_newest_period(
    warehouse: Warehouse, analyst: Connection, transformer: Connection, run_id: int, capsys: Any
) -> None:
    declare(warehouse, measured_column="height_m")
    rows = "('2026-11-02 10:00Z', 3.14159), ('2026-11-02 09:30Z', 2), ('2026-11-03 10:00Z', null)"
    publish(warehouse, rows, columns="at timestamptz, height_m double precision")
    for scope in ("monday", "tuesday"):
        load(warehouse, run_id, scope=scope, fetched=720, new=24)
    _published(transformer, run_id, **{TABLE: ROWS, "daily_tides": ROWS})

    lines, example = _told(analyst, capsys)

    assert f"{NAME} 2 held 1,440 48 0 0 0 0" in lines
    assert f"{TABLE} 1,440 48 2 1 2026-11-02 10:00" in lines
    assert "daily_tides 1,440 48 2 1" in lines
    assert f"newest rows of analytics.{TABLE} (Tide Office)" in lines
    assert "at 2026-11-02 10:00 2026-11-02 09:30" in lines
    assert "height_m 3.14 2.00" in lines
    assert example == f"select * from analytics.{TABLE} order by at desc limit 12"


def test_a_load_that_failed_is_told_with_its_cause_beside_those_that_came(
    warehouse: Warehouse, analyst: Connection, run_id: int, capsys: Any
) -> None:
    declare(warehouse)
    declare(warehouse, dataset="tide_stations", published_table=None, time_column=None)
    load(warehouse, run_id, fetched=10, new=10)
    load(warehouse, run_id, dataset="tide_stations", outcome="failed", cause="SourceUnavailableError: no answer")
    lines, example = _told(analyst, capsys)
    assert f"{NAME} held 10 10 0 0 0 0" in lines
    assert "tide_stations failed 0 0 0 0 0 0" in lines
    assert "tide_stations, all: SourceUnavailableError: no answer" in lines
    assert example == EXAMPLE, "nothing is published yet"


def test_datasets_that_the_publisher_has_not_changed_are_one_line(
    warehouse: Warehouse, analyst: Connection, run_id: int, capsys: Any
) -> None:
    names = [f"tide_{number}" for number in range(3)]
    for name in names:
        declare(warehouse, dataset=name)
        load(warehouse, run_id, dataset=name, outcome="unchanged")
    lines, _ = _told(analyst, capsys)
    told = "not changed by the publisher since it was last asked: tide_0, tide_1, tide_2"
    assert [line for line in lines if "tide_" in line] == [told]


def test_a_dag_that_loads_nothing_is_told_by_what_it_published(
    analyst: Connection, transformer: Connection, run_id: int, capsys: Any
) -> None:
    _published(transformer, run_id, tide_reconciliation=ROWS)
    lines, example = _told(analyst, capsys)
    assert "tide_reconciliation 1,440 48 2 1" in lines
    assert example == "select * from analytics.tide_reconciliation limit 12"


def test_a_dag_of_no_dataset_and_no_table_recommends_what_is_there(
    analyst: Connection, run_id: int, capsys: Any
) -> None:
    lines, example = _told(analyst, capsys)
    assert lines[0].startswith(f"{DAG}: success in ")
    assert example == EXAMPLE
