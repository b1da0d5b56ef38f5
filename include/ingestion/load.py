"""Into `raw` as versions: rows are staged without a lock, then compared and added in one short transaction.

The rules are the design's, section 3: a version is added only where the content differs from the latest one; a key
that vanished from a whole window gets a tombstone; `known_at` is one instant per load, later than every earlier one.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extras import execute_values

from include.ingestion.ahead import ahead
from include.ingestion.check import AcceptedRow, RejectedRow, RowCheck, too_many_rejected
from include.ingestion.dataset import Dataset, Page
from include.ingestion.errors import DamagedAnswerError, TooManyRejectedError, TooManyWithdrawnError
from include.operations import runs
from include.operations.runs import Counts
from include.warehouse import Connection, fetch_value

# psycopg2's COPY is fast only with whole buffers.
COPY_BUFFER_BYTES = 1 << 20
MAX_REJECTED_SHARE = 0.01
# A day. More at once has never been seen, and means an answer that is not whole.
MAX_WITHDRAWN = 48


@dataclass(frozen=True)
class Stage:
    """A temporary table of this session that holds the accepted rows of one window."""

    connection: Connection
    dataset: Dataset

    def add(self, pages: Iterable[Page], checked: RowCheck) -> None:
        """Copy what keeps its contract into the stage: while one page is copied, the next one is checked.

        Raises DamagedAnswerError where PostgreSQL cannot hold what is JSON all the same, and what `RowCheck` does.
        """
        for lines in ahead(_copy_lines(checked.accepted(page)) for page in pages):
            with _damage_told(), self.connection, self.connection.cursor() as cursor:
                cursor.copy_expert(self._copy, BytesIO(lines), size=COPY_BUFFER_BYTES)

    @property
    def _copy(self) -> sql.Composed:
        return sql.SQL("copy staged_rows ({}, content_hash, published) from stdin").format(_names(self.dataset))


@contextmanager
def stage(connection: Connection, dataset: Dataset) -> Iterator[Stage]:
    """Open an empty stage for the length of a block."""
    columns = sql.SQL("select {} from {} with no data").format(_names(dataset), dataset.identifier)
    with connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop table if exists pg_temp.staged_rows; create temp table staged_rows as ") + columns)
        cursor.execute(
            """
            alter table staged_rows
                add column content_hash bytea, add column published text,
                add column payload jsonb generated always as (published::jsonb - %s::text[]) stored,
                add column ordinal bigint generated always as identity
            """,
            (list(dataset.transport_columns),),
        )
    yield Stage(connection, dataset)
    with connection, connection.cursor() as cursor:
        cursor.execute("drop table staged_rows")


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except psycopg2.DataError as error:
        raise DamagedAnswerError(f"PostgreSQL cannot hold a row of the answer: {error.diag.message_primary}") from error


def load_versions(staged: Stage, checked: RowCheck, run_id: int) -> Counts:
    """Add the staged rows to the dataset's versions, and return what came in and what it changed.

    Raises TooManyRejectedError or TooManyWithdrawnError before any version is written; what was refused is kept in
    `ops.rejected_rows` all the same.
    """
    # Keys that only ever ascended came once each.
    repeated = [] if checked.is_ascending else _take_repeated(staged)
    rejected = [*checked.rejected, *repeated]
    _refuse_if_rejected(staged, checked, rejected, run_id)
    connection, dataset = staged.connection, staged.dataset
    with connection:
        known_at = _lock(connection, dataset)
        # Where nothing is held there is nothing to compare: the whole history comes in at the cost of its insert.
        is_held = _is_held(staged, checked)
        revised = 0
        if is_held:
            _note_vanished(staged, checked)
            _refuse_if_withdrawn(staged, checked, rejected)
            revised = _leave_changed(staged, checked)
        new = _add_staged(staged, known_at, run_id) - revised
        withdrawn = _add_tombstones(staged, known_at, run_id) if is_held and not rejected else 0
        counts = Counts(checked.fetched, new, revised, withdrawn, rejected=len(rejected))
        counts = replace(counts, unchanged=counts.fetched - new - revised - counts.rejected)
        _keep_rejected(connection, dataset, rejected, run_id)
        _keep_drift(connection, dataset, checked.unknown_columns, run_id)
        if counts.written:
            _keep_known_at(connection, dataset, known_at)
        runs.add_counts(connection, run_id, counts)
    return counts


def _copy_lines(rows: Iterable[AcceptedRow]) -> bytes:
    return b"".join(map(_copy_line, rows))


def _copy_line(row: AcceptedRow) -> bytes:
    key = "\t".join(str(value) for value in row.key).encode()
    # JSON has line breaks and tabs only between its tokens; within text they are escaped.
    text = row.published.replace(b"\\", b"\\\\").translate(_NO_BREAKS)
    return b"%b\t\\\\x%b\t%b\n" % (key, row.content_hash.hex().encode(), text)


_NO_BREAKS = bytes.maketrans(b"\t\r\n", b"   ")


def _names(dataset: Dataset) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, dataset.key))


def _statement(staged: Stage, text: str) -> sql.Composed:
    """Fill in the raw table, its key, how the rows `new` and `held` are matched, and the step `held` below."""
    key = [sql.Identifier(name) for name in staged.dataset.key]
    names = {
        "raw": staged.dataset.identifier,
        "key": sql.SQL(", ").join(key),
        "window_column": sql.Identifier(staged.dataset.window_column),
        "same_key": sql.SQL(" and ").join(sql.SQL("new.{0} = held.{0}").format(name) for name in key),
    }
    return sql.SQL(text).format(**names, held=sql.SQL(_HELD).format(**names))


def _take_repeated(staged: Stage) -> list[RejectedRow]:
    """Take rows out of the stage whose key came more than once: the repetitions, or all where they disagree."""
    statement = _statement(
        staged,
        """
        with repeated as (
            select {key} from staged_rows group by {key} having count(*) > 1
        ),

        judged as (
            select {key}, min(ordinal) as first_ordinal, count(distinct content_hash) > 1 as disagree
            from staged_rows
            inner join repeated using ({key})
            group by {key}
        )

        delete from staged_rows as new
        using judged as held
        where {same_key} and (held.disagree or new.ordinal > held.first_ordinal)
        returning held.disagree, new.published, new.{window_column}
        """,
    )
    with staged.connection, staged.connection.cursor() as cursor:
        cursor.execute(statement)
        return [
            RejectedRow(
                "Same key came twice with different values" if disagree else "Came more than once in one answer",
                published.encode(),
                instant,
            )
            for disagree, published, instant in cursor.fetchall()
        ]


def _refuse_if_rejected(staged: Stage, checked: RowCheck, rejected: list[RejectedRow], run_id: int) -> None:
    if len(rejected) <= MAX_REJECTED_SHARE * checked.fetched:
        return
    keep_refused(staged.connection, staged.dataset, checked.fetched, rejected, run_id)
    raise TooManyRejectedError(too_many_rejected(checked.fetched, rejected))


def keep_refused(
    connection: Connection, dataset: Dataset, fetched: int, rejected: list[RejectedRow], run_id: int
) -> None:
    """Keep the rows of a window that is refused as a whole, and count them in the run."""
    with connection:
        _keep_rejected(connection, dataset, rejected, run_id)
        runs.add_counts(connection, run_id, Counts(fetched=fetched, rejected=len(rejected)))


def _lock(connection: Connection, dataset: Dataset) -> datetime:
    """Lock the dataset against other writers; return the instant of this load, later than every earlier one."""
    known_at: datetime = fetch_value(
        connection,
        """
        select greatest(clock_timestamp(), last_known_at + interval '1 microsecond')
        from (select last_known_at from ops.datasets where dataset = %s for update) as locked
        """,
        (dataset.name,),
    )
    return known_at


_HELD = """
    held as (
        select distinct on ({key}) {key}, content_hash
        from {raw}
        where {window_column} >= %(start)s and {window_column} < %(end)s
        order by {key}, version_id desc
    )
"""


def _is_held(staged: Stage, checked: RowCheck) -> bool:
    """Tell whether there is any version within the window."""
    text = "select exists (select from {raw} where {window_column} >= %(start)s and {window_column} < %(end)s)"
    return bool(fetch_value(staged.connection, _statement(staged, text), _span(checked)))


def _note_vanished(staged: Stage, checked: RowCheck) -> None:
    """Put the known keys of the window that are not staged into `vanished_keys`, for the length of the transaction."""
    text = """
        create temp table vanished_keys on commit drop as
        with {held}

        select {key} from held
        where content_hash is not null and not exists (select from staged_rows as new where {same_key})
    """
    with staged.connection.cursor() as cursor:
        cursor.execute(_statement(staged, text), _span(checked))


def _refuse_if_withdrawn(staged: Stage, checked: RowCheck, rejected: list[RejectedRow]) -> None:
    """Refuse the window if too many known keys are gone. A rejected row counts as present."""
    text = "select count(*) from vanished_keys where {window_column} <> all(%(rejected)s::timestamptz[])"
    present = [row.observed_at for row in rejected if row.observed_at]
    gone = int(fetch_value(staged.connection, _statement(staged, text), {"rejected": present}))
    if gone > MAX_WITHDRAWN:
        raise TooManyWithdrawnError(
            f"{gone:,} known rows of {staged.dataset.name} are gone from {checked.window}; at most {MAX_WITHDRAWN} may"
        )


def _leave_changed(staged: Stage, checked: RowCheck) -> int:
    """Take rows out of the stage that are as the latest version of their key; return how many others have one."""
    text = """
        with {held},

        unchanged as (
            delete from staged_rows as new using held
            where {same_key} and new.content_hash = held.content_hash
        )

        select count(*) from staged_rows as new
        inner join held on {same_key}
        where new.content_hash is distinct from held.content_hash
    """
    return int(fetch_value(staged.connection, _statement(staged, text), _span(checked)))


def _add_staged(staged: Stage, known_at: datetime, run_id: int) -> int:
    """Add a version of each row that is left in the stage, in the order they came; return how many."""
    text = """
        insert into {raw} ({key}, payload, content_hash, known_at, run_id)
        select {key}, payload, content_hash, %(known_at)s, %(run_id)s
        from staged_rows
    """
    with staged.connection.cursor() as cursor:
        cursor.execute(_statement(staged, text), {"known_at": known_at, "run_id": run_id})
        return int(cursor.rowcount)


def _add_tombstones(staged: Stage, known_at: datetime, run_id: int) -> int:
    text = """
        insert into {raw} ({key}, known_at, run_id)
        select {key}, %(known_at)s, %(run_id)s from vanished_keys order by {key}
    """
    with staged.connection.cursor() as cursor:
        cursor.execute(_statement(staged, text), {"known_at": known_at, "run_id": run_id})
        return int(cursor.rowcount)


def _span(checked: RowCheck) -> dict[str, Any]:
    return {"start": checked.window.start, "end": checked.window.end}


def _keep_rejected(connection: Connection, dataset: Dataset, rejected: list[RejectedRow], run_id: int) -> None:
    # One row per reason and payload, or the statement below would touch a row twice.
    unique = {(row.reason, row.published): row for row in rejected}
    rows = [
        (
            dataset.name,
            _as_text(row.reason.encode("utf-8", "backslashreplace")),
            _as_text(row.published),
            row.observed_at,
            run_id,
            run_id,
        )
        for row in unique.values()
    ]
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into ops.rejected_rows as known (
                dataset, reason, payload, observed_at, first_run_id, run_id, first_rejected_at, last_rejected_at
            )
            values %s
            on conflict (dataset, md5(reason), md5(payload)) do update
            set
                run_id = excluded.run_id,
                last_rejected_at = excluded.last_rejected_at,
                times_rejected = known.times_rejected + 1
            """,
            rows,
            template="(%s, %s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp())",
        )


def _as_text(published: bytes) -> str:
    """Return a refused row as text, whatever its bytes are: what PostgreSQL cannot hold is written as an escape."""
    return published.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _keep_drift(connection: Connection, dataset: Dataset, unknown_columns: dict[str, str], run_id: int) -> None:
    with connection.cursor() as cursor:
        for column, example in unknown_columns.items():
            cursor.execute(
                """
                insert into ops.schema_drift (dataset, column_name, first_seen_at, example, run_id)
                values (%s, %s, clock_timestamp(), %s, %s)
                on conflict do nothing
                """,
                (dataset.name, column, example, run_id),
            )


def _keep_known_at(connection: Connection, dataset: Dataset, known_at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update ops.datasets set last_known_at = %s where dataset = %s", (known_at, dataset.name))
