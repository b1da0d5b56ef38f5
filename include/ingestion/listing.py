"""A listing of files, kept in the warehouse: it may be longer than fits into this process, and is compared there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from psycopg2 import sql

from include.ingestion.stage import copy_in
from include.ingestion.typed_lines import typed_lines
from include.warehouse import Connection

FILES_AT_ONCE = 1_000


class Seen(NamedTuple):
    """A file as it was listed, and its name in the ledger."""

    path: str
    scope: str
    size_bytes: int
    edition: str
    arrived_at: datetime


@contextmanager
def only_load(turn: Connection, dataset: str) -> Iterator[None]:
    """Load the files of a dataset while nobody else does: whoever comes next waits.

    Of two at once, the one that read an older state of a file might be the last to load it.
    """
    with turn, turn.cursor() as cursor:
        cursor.execute("insert into ops.folder_turns (dataset) values (%s) on conflict do nothing", (dataset,))
    with turn, turn.cursor() as cursor:
        cursor.execute("select from ops.folder_turns where dataset = %s for update", (dataset,))
        yield


def begin_listing(connection: Connection) -> None:
    """Make room for a listing, for the length of the session."""
    with connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.listed_files")
        cursor.execute(
            """
            create temp table listed_files (
                path text, scope text, size_bytes bigint, edition text, arrived_at timestamptz
            )
            """
        )


def note_listed(connection: Connection, seen: Sequence[Seen]) -> None:
    """Take some files of a listing. Copied, so that no name stands in a statement, which a server's log may keep."""
    with connection:
        copy_in(connection, sql.Identifier("listed_files"), Seen._fields, [typed_lines(seen)])


def new_files(connection: Connection, dataset: str, run_id: int) -> Iterator[list[Seen]]:
    """Yield the listed files that are not known as they are, what came first first, some at a time.

    A run takes a file once: what has changed since the run's earlier try brought it is for the next one.
    """
    with connection.cursor("new_files", withhold=True) as cursor:
        cursor.execute(_NEW_FILES, {"dataset": dataset, "run_id": run_id})
        # Held over the transactions in which they are loaded meanwhile.
        connection.commit()
        while found := cursor.fetchmany(FILES_AT_ONCE):
            connection.commit()
            yield [Seen(*row) for row in found]


# A store may tell a file more than once. What counts is what a file was last known as: it may become what it was.
_NEW_FILES = """
    select new.*
    from (
        select distinct on (listed.scope) listed.*
        from listed_files as listed
        left join lateral (
            select load.edition, load.outcome = 'held' and load.run_id = %(run_id)s as is_of_this_run
            from ops.loads as load
            where
                load.dataset = %(dataset)s and load.arrived_at is not null
                and load.scope = listed.scope and load.outcome in ('held', 'unchanged', 'refused')
            order by load.load_id desc
            limit 1
        ) as known on true
        where known.edition is distinct from listed.edition and known.is_of_this_run is not true
        order by listed.scope, listed.arrived_at desc
    ) as new
    order by new.arrived_at, new.path
"""
