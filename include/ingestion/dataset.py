"""What a source declares of a dataset, and the raw table that follows from it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

import msgspec
from psycopg2 import sql

from include.ingestion.http import ApiClient
from include.ingestion.window import Window
from include.warehouse import Connection

Page: TypeAlias = Sequence[msgspec.Raw]
Fetch: TypeAlias = Callable[[ApiClient, Window], Iterator[Page]]
Edition: TypeAlias = Callable[[ApiClient], str]

_SQL_TYPES = {datetime: "timestamptz", date: "date", int: "integer", str: "text"}


class SourceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One row as its publisher gives it; a field's type, range and presence are its contract."""


@dataclass(frozen=True)
class Dataset:
    """One dataset of one publisher: what a row is, how to ask for it, where it goes."""

    table: str
    """Schema and name in the warehouse: `raw.<source>_<dataset>`."""
    record: type[SourceRecord]
    window_column: str
    """The field (an instant) by which windows are asked for; part of the key."""
    fetch: Fetch
    """Yields the window's rows, a page at a time, each row as published."""
    edition: Edition
    """Returns, as text, when the publisher last changed the dataset."""
    first_at: datetime
    """The first instant the publisher has rows of."""
    key_columns: tuple[str, ...] = ()
    """The further fields of the key."""
    transport_columns: tuple[str, ...] = ()
    """What the way of asking adds to each row; not published content, and not kept."""

    @property
    def name(self) -> str:
        """Name in `ops.datasets`."""
        return self.table.removeprefix("raw.")

    @property
    def key(self) -> tuple[str, ...]:
        """Fields that name a row."""
        return (self.window_column, *self.key_columns)

    @property
    def identifier(self) -> sql.Identifier:
        """The raw table, quoted."""
        return sql.Identifier(*self.table.split("."))


def create_tables(owner: Connection, datasets: Iterable[Dataset]) -> None:
    """Make the raw tables that are not there, and a row of `ops.datasets` for each. One transaction."""
    with owner, owner.cursor() as cursor:
        for dataset in datasets:
            cursor.execute(_table_definition(dataset))
            cursor.execute("insert into ops.datasets (dataset) values (%s) on conflict do nothing", (dataset.name,))


def _table_definition(dataset: Dataset) -> sql.Composed:
    types = {field.name: field.type for field in msgspec.structs.fields(dataset.record)}
    columns = [
        sql.SQL("{} {} not null").format(sql.Identifier(name), sql.SQL(_SQL_TYPES[types[name]])) for name in dataset.key
    ]
    key = sql.SQL(", ").join(map(sql.Identifier, dataset.key))
    return sql.SQL(
        """
        create table if not exists {table} (
            {columns},
            payload jsonb,
            content_hash bytea,
            known_at timestamptz not null,
            run_id bigint not null references ops.pipeline_runs,
            version_id bigint generated always as identity primary key
        );
        create index if not exists {index} on {table} ({key}, version_id);
        comment on table {table} is 'Every version as published, append-only, one row per key and version.';
        comment on column {table}.payload is 'The record as published; null where the publisher withdrew it.';
        comment on column {table}.content_hash is 'Of the typed values; null where the publisher withdrew the row.';
        comment on column {table}.known_at is 'When we learned it: one instant per load, later than all before.';
        """
    ).format(
        table=dataset.identifier,
        columns=sql.SQL(", ").join(columns),
        key=key,
        index=sql.Identifier(f"{dataset.name}_key"),
    )
