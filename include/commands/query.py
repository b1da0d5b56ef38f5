"""`gridloom sql` and `gridloom dsn`: the warehouse as an analyst has it."""

import asyncio
import csv
import datetime
import decimal
import json
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
from rich.table import Table

from include.commands import analyst, terminal
from include.commands.names import Format, RoleName
from include.commands.terminal import about, as_text, out
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.operations.runs import written_out
from include.warehouse import Role, Warehouse

FETCHED_AT_ONCE = 5_000
# A table is laid out as a whole; CSV and JSON are written as the rows come.
TABLE_LIMIT = 1_000


def print_query(statement: str, output: Format) -> None:
    """Run one statement as the analyst, read-only, and print its rows. Raises LocalError with PostgreSQL's reason."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = analyst.reachable(settings, home)
    try:
        asyncio.run(_query(warehouse, statement, output))
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LocalError(analyst.reason(error)) from error
    except (OSError, TimeoutError) as error:
        raise LocalError(f"cannot reach the warehouse at {warehouse.address}: {error}") from error


def print_dsn(role: RoleName) -> None:
    """Print the connection string of a role."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = Warehouse.of(settings, home)
    if warehouse.is_embedded and Cluster.of(settings, home).port is None:
        about.print("PostgreSQL does not run now; start it: make up", style="yellow")
    print(warehouse.dsn_for_others(Role(role)))


async def _query(warehouse: Warehouse, statement: str, output: Format) -> None:
    async with analyst.read_only(warehouse, application="gridloom sql") as connection:
        prepared = await connection.prepare(statement)
        columns = [attribute.name for attribute in prepared.get_attributes()]
        rows = prepared.cursor(prefetch=FETCHED_AT_ONCE)
        await {Format.TABLE: _as_table, Format.CSV: _as_csv, Format.JSON: _as_json}[output](columns, rows)


async def _as_table(columns: Sequence[str], rows: AsyncIterator[Any]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(as_text(column), overflow="fold")
    async for row in rows:
        if table.row_count == TABLE_LIMIT:
            about.print(f"the first {TABLE_LIMIT:,} rows; for all of them: --format csv", style="yellow")
            break
        table.add_row(*(as_text(_text(value)) for value in row))
    out.print(table)
    if not table.row_count:
        about.print("0 rows")


async def _as_csv(columns: Sequence[str], rows: AsyncIterator[Any]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    # A file gets every value as it is.
    shown = written_out if sys.stdout.isatty() else str
    writer.writerow([shown(column) for column in columns])
    async for row in rows:
        writer.writerow([shown(_text(value)) for value in row])


async def _as_json(columns: Sequence[str], rows: AsyncIterator[Any]) -> None:
    """Print one array, a row to a line."""
    separator = "["
    async for row in rows:
        print(separator, json.dumps(dict(zip(columns, row, strict=True)), default=_plain), sep="\n", end="")
        separator = ","
    print("[]" if separator == "[" else "\n]")


def _text(value: object) -> str:
    """Return a value as psql prints it; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return str(value)
