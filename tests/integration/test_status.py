"""What the commands print of the warehouse: read by a reader's login, and as it was written."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from include.commands import platform
from include.commands.alerts import _print_alerts
from include.commands.query import _as_table
from include.operations import runs
from include.operations.runs import Failure
from include.warehouse import Connection, Warehouse
from tests.declared_dataset import DAG, TABLE, declare

MARKUP = "[/b] [link=http://evil.example]Log in again[/link] [red]\x1b]0;title\x07\x1b[2J\u202e\x9b"
AS_WRITTEN = "[/b] [link=http://evil.example]Log in again[/link] [red]\\x1b]0;title\\x07\\x1b[2J\\u202e\\x9b"
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


def test_the_cause_of_a_run_is_printed_as_it_was_written(
    warehouse: Warehouse, loader: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = runs.open_run(loader, DAG, "manual__1")
    runs.record_failure(loader, run_id, Failure("extract_and_load", MARKUP, "", "LastingError"))
    runs.close_run(loader, DAG, "manual__1", failed=True)

    assert platform._print_warehouse(warehouse)

    assert AS_WRITTEN in " ".join(capsys.readouterr().out.split())


def test_an_alert_is_printed_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    alert = {"kind": "run_failed", "dag_id": DAG, "times_raised": 1, "last_raised_at": at, "resolved_at": None}

    _print_alerts([{**alert, "summary": MARKUP}])

    assert AS_WRITTEN in capsys.readouterr().out


def test_the_rows_of_a_query_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    async def rows() -> AsyncIterator[tuple[str]]:
        yield (MARKUP,)

    asyncio.run(_as_table(["[b]name[/i]"], rows()))

    said = capsys.readouterr().out
    assert AS_WRITTEN in said
    assert "[b]name[/i]" in said
