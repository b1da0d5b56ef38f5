"""`gridloom export`: a published table or the rows of a query as a file, with its units, as the analyst reads it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import psycopg2
from psycopg2 import sql

from include.commands import analyst, terminal
from include.commands.terminal import about
from include.local.errors import LocalError
from include.operations.runs import written_out
from include.serving.datasets import Attribution, DeclaredDataset, attributions, read_datasets
from include.serving.explorer.catalogue import Relation
from include.serving.exports import files, rows, tables, xlsx_file
from include.serving.exports.content import Content
from include.serving.exports.errors import ExportError
from include.serving.exports.files import Target, Written
from include.serving.exports.formats import FileFormat, format_of
from include.serving.exports.tables import Span
from include.warehouse import Connection, Warehouse

APPLICATION = "gridloom export"
BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class Request:
    """What is to be written: a table, or the rows of a query."""

    table: str | None
    query: str | None
    span: Span


@dataclass(frozen=True)
class Asked:
    """What PostgreSQL is asked for, and what is said of it."""

    statement: str | sql.Composed
    values: dict[str, Any] | None
    content: Content


def read_request(table: str | None, query: str | None, start: str | None, end: str | None) -> Request:
    """Return what the command line asks for. Raises LocalError where it does not fit together."""
    if (table is None) == (query is None):
        raise LocalError('name a table or give a query, one of both: gridloom export TABLE, or --query "select …"')
    span = Span(_instant("--start", start), _instant("--end", end))
    if query is not None and not span.is_all:
        raise LocalError("--start and --end are for tables; a query says it itself, in where")
    if span.start and span.end and span.start >= span.end:
        raise LocalError("--start must be before --end, which is not part of the span")
    return Request(table, query, span)


def read_target(file: Path, given: FileFormat | None, *, has_metadata: bool, replaces: bool) -> Target:
    """Return where the rows go. Raises LocalError where they cannot go there."""
    try:
        target = Target(file, given or format_of(file), has_metadata=has_metadata, replaces=replaces)
        target.check()
    except ExportError as error:
        raise LocalError(str(error)) from error
    return target


def export(request: Request, target: Target) -> None:
    """Write a file and say what is in it. Raises LocalError with the reason where there is none."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = analyst.reachable(settings, home)
    begun = time.monotonic()
    try:
        written = _export(warehouse, request, target, is_simulated=home.is_simulated)
    except ExportError as error:
        raise LocalError(str(error)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, psycopg2.Error) as error:
        raise LocalError(analyst.reason(error)) from error
    except OSError as error:
        raise LocalError(f"cannot write {target.file}: {error}") from error
    duration_s = time.monotonic() - begun
    size = f"{written.size_bytes:,} bytes"
    about.print(f"{target.file}: {written.rows:,} rows, {size}, {duration_s:.1f} s", markup=False)


def _export(warehouse: Warehouse, request: Request, target: Target, *, is_simulated: bool) -> Written:
    if request.query is not None:
        asyncio.run(_check(warehouse, request.query))
    with analyst.reading(warehouse, application=APPLICATION) as connection, about.status("…") as shown:
        asked = _asked(connection, request, is_simulated=is_simulated)
        if request.table and target.format is FileFormat.XLSX:
            # A sheet takes a minute to fill; a query that is dear would be run twice, and is refused where it is full.
            _check_length(connection, asked)

        def tell(count: int) -> None:
            shown.update(f"{written_out(target.file.name)}: {count:,} rows")

        return files.write(rows.read(connection, asked.statement, asked.values), asked.content, target, tell)


def _check_length(connection: Connection, asked: Asked) -> None:
    if rows.is_longer(connection, asked.statement, asked.values, xlsx_file.MOST_ROWS):
        raise xlsx_file.TooLongError


async def _check(warehouse: Warehouse, query: str) -> None:
    """Have PostgreSQL say that a text is one query, as `gridloom sql` would have it. Nothing runs."""
    async with analyst.read_only(warehouse, application=APPLICATION) as connection:
        prepared = await connection.prepare(query)
        if not prepared.get_attributes():
            raise ExportError("only a query has rows to write, such as: select * from daily_coverage")


def _asked(connection: Connection, request: Request, *, is_simulated: bool) -> Asked:
    now = datetime.now(UTC)
    datasets = read_datasets(connection, now)
    if request.table is None:
        content = Content(attributions(datasets), now, is_simulated, query=request.query)
        return Asked(str(request.query), None, content)
    table = tables.find_table(connection, request.table)
    statement, values = tables.rows_of(connection, table, request.span, datasets)
    content = Content(
        _owed(table, datasets),
        now,
        is_simulated,
        table=f"{table.schema}.{table.name}",
        description=table.comment,
    )
    return Asked(statement, values, content)


def _owed(table: Relation, datasets: Sequence[DeclaredDataset]) -> list[Attribution]:
    """Return the attributions of a table; of one that no dataset is published in, of all that were loaded."""
    return attributions(tables.datasets_of(table, datasets)) or attributions(datasets)


def _instant(option: str, text: str | None) -> datetime | None:
    """Return the instant of an option; without a zone it is UTC, a bare date midnight."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise LocalError(f"{option} {text} is no instant; write it as 2026-05-01 or 2026-05-01T12:30Z") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
