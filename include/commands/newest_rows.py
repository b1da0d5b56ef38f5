"""The newest rows of a published table, whatever its columns are. A row is shown as a column, as tables are wide."""

from datetime import UTC, datetime
from typing import Any

from psycopg2 import sql
from rich.table import Table

from include.commands.terminal import as_text, out
from include.serving.datasets import DeclaredDataset
from include.warehouse import Connection

SHOWN = 3
LISTED = 12


def query(table: str, time_column: str | None = None) -> str:
    """Return a query for the newest rows of a table of `analytics`, as a user may type it."""
    order = f" order by {time_column} desc" if time_column else ""
    return f"select * from analytics.{table}{order} limit {LISTED}"  # noqa: S608 - it is printed


def show(analyst: Connection, dataset: DeclaredDataset) -> None:
    """Print the newest rows of the dataset's table; nothing where it is empty, or its rows have no time."""
    if dataset.newest_at is None or dataset.time_column is None or dataset.published_table is None:
        return
    columns, rows = _newest(analyst, dataset)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    for _ in rows:
        table.add_column(justify="right", no_wrap=True)
    for place, column in enumerate(columns):
        table.add_row(as_text(column), *(as_text(_text(row[place])) for row in rows))
    out.print()
    out.print(f"[bold]newest rows of analytics.{dataset.published_table}[/bold] ({dataset.publisher_title})")
    out.print(table)


def _newest(analyst: Connection, dataset: DeclaredDataset) -> tuple[list[str], list[tuple[Any, ...]]]:
    time = sql.Identifier(dataset.time_column or "")
    statement = sql.SQL("select * from {table} where {time} <= %s order by {time} desc limit %s").format(
        table=sql.Identifier("analytics", dataset.published_table or ""), time=time
    )
    with analyst.cursor() as cursor:
        cursor.execute(statement, (dataset.newest_at, SHOWN))
        return [column.name for column in cursor.description or ()], cursor.fetchall()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
