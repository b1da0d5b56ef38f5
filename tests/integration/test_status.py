"""What `gridloom status` says of the warehouse, and as whom it asks."""

import pytest

from include.commands import platform
from include.operations import runs
from include.warehouse import Connection, Warehouse
from tests.declared_dataset import DAG, TABLE, declare

SAYS_WHO_ASKS = f"""
create function analytics.asked_by() returns timestamptz language plpgsql as
    $$ begin raise exception 'asked by %', current_user; end $$;
create view analytics.{TABLE} as select analytics.asked_by() as at, 1 as height_m;
"""


def test_the_status_asks_the_tables_of_analytics_as_a_reader(
    warehouse: Warehouse, transformer: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(warehouse)
    with transformer, transformer.cursor() as cursor:
        cursor.execute(SAYS_WHO_ASKS)

    assert not platform._print_warehouse(warehouse)

    assert "asked by gridloom_screens" in capsys.readouterr().out


def test_runs_that_were_killed_are_marked_by_a_status(
    warehouse: Warehouse, loader: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.open_run(loader, DAG, "manual__1")
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set last_seen_at = now() - interval '1 day'")

    assert platform._print_warehouse(warehouse)

    said = capsys.readouterr().out
    assert "1 runs had been killed and are marked as lost" in said
    assert " lost " in said
