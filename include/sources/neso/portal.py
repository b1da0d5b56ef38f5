"""NESO's data portal: a CKAN server that is asked in SQL. https://www.neso.energy/api-guidance

What it answers, and how well that is known, stands in the README beside this file.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from include.ingestion.dataset import Publisher
from include.ingestion.errors import DamagedAnswerError
from include.ingestion.http import ApiClient
from include.ingestion.pace import Rate
from include.ingestion.window import Window, as_utc

NESO = Publisher(
    name="neso",
    title="NESO",
    url="https://api.neso.energy/api/3/action",
    attribution="Supported by National Energy SO Open Data",
    licence="NESO Open Data Licence",
    licence_url="https://www.neso.energy/data-portal/neso-open-licence",
)

# NESO asks for one request a second, and two a minute to the datastore (api-guidance).
REQUESTS, DATASTORE = "requests", "datastore"


def rates(*, requests_per_second: float, datastore_per_minute: float) -> Mapping[str, Rate]:
    """Return the token buckets of the portal, by the name under which requests take from them."""
    return {REQUESTS: Rate(requests_per_second, 1), DATASTORE: Rate(datastore_per_minute, 60)}


class Column(msgspec.Struct, frozen=True):
    """A column of an answer, and the PostgreSQL type it has in the portal."""

    name: str = msgspec.field(name="id")
    type: str = ""


class Table(msgspec.Struct, frozen=True):
    """What `datastore_search_sql` answers: columns, and rows as sent."""

    records: list[msgspec.Raw]
    fields: list[Column]
    records_truncated: bool = False


class Resource(msgspec.Struct, frozen=True):
    """What `resource_show` answers, as far as it is needed: naive text, taken for UTC."""

    last_modified: str


class _TableAnswer(msgspec.Struct, frozen=True):
    result: Table
    success: bool = False


class _ResourceAnswer(msgspec.Struct, frozen=True):
    result: Resource
    success: bool = False


class _CountedRow(msgspec.Struct, frozen=True):
    count: int = msgspec.field(name="_count")


def last_modified(client: ApiClient, resource_id: str) -> str:
    """Return when the portal says the resource last changed, as text. Raises what `ApiClient.get` does."""
    read = partial(_result, kind=_ResourceAnswer)
    resource: Resource = client.get("resource_show", {"id": resource_id}, bucket=REQUESTS, read=read)
    return resource.last_modified


def select_window(
    client: ApiClient, resource_id: str, window: Window, *, time_column: str, check: Callable[[Table], None]
) -> Table:
    """Return all rows of a resource within a half-open window, oldest first.

    The same statement has the portal count the rows, so that an answer that was cut short is known as such. Such an
    answer, and one of which `check` raises DamagedAnswerError, is asked for again while patience lasts.
    """

    def read(body: bytes) -> Table:
        table = _whole_table(body)
        check(table)
        return table

    statement = (
        f'SELECT *, COUNT(*) OVER () AS _count FROM "{resource_id}" '  # noqa: S608 - names of ours and instants
        f"WHERE \"{time_column}\" >= '{_literal(window.start)}' AND \"{time_column}\" < '{_literal(window.end)}' "
        f'ORDER BY "{time_column}"'
    )
    return client.get("datastore_search_sql", {"sql": statement}, bucket=DATASTORE, read=read)


def _literal(instant: datetime) -> str:
    """Write an instant as the portal's columns hold it: UTC, without an offset (which PostgreSQL would ignore)."""
    return as_utc(instant).replace(tzinfo=None).isoformat(timespec="seconds")


def _whole_table(body: bytes) -> Table:
    """Read a table. Raises DamagedAnswerError where it is short of the rows that the portal itself has counted."""
    table: Table = _result(body, kind=_TableAnswer)
    if table.records_truncated:
        raise DamagedAnswerError(f"the portal cut its answer after {len(table.records):,} rows (records_truncated)")
    if table.records:
        counted = _counted(table.records[0])
        if counted != len(table.records):
            raise DamagedAnswerError(f"the portal counts {counted:,} rows but sent {len(table.records):,}")
    return table


def _counted(row: msgspec.Raw) -> int:
    try:
        return msgspec.json.decode(row, type=_CountedRow, strict=False).count
    except msgspec.MsgspecError as error:
        raise DamagedAnswerError(f"the portal did not count its rows: {error}") from error


def _result(body: bytes, *, kind: type[_TableAnswer] | type[_ResourceAnswer]) -> Any:
    if not body.strip():
        raise DamagedAnswerError("the answer is empty")
    try:
        body.decode("utf-8")
        answer = msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedAnswerError(f"the answer is not the JSON it should be: {error}{_excerpt(body)}") from error
    if not answer.success:
        raise DamagedAnswerError("the portal answered 200 but says success: false")
    return answer.result


def _excerpt(body: bytes) -> str:
    """Show how a body begins that is no JSON at all, such as a page for people."""
    start = " ".join(body[:80].decode("utf-8", "replace").split())
    return f"; it begins {start!r}" if not start.startswith("{") else ""
