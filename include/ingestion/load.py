"""Into `raw` as versions: staged rows are compared with what is held, and added in one short transaction.

The rules are the design's, section 3: a version is added only where the content differs from the latest one; a key
that vanished from a whole scope gets a tombstone; `known_at` is one instant per load, later than every earlier one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg2 import sql
from psycopg2.extras import execute_values

from include.ingestion.check import RejectedRow, RowCheck, too_many_rejected
from include.ingestion.dataset import Dataset
from include.ingestion.errors import GoneError, RewrittenError, TooManyRejectedError, TooManyWithdrawnError
from include.ingestion.limits import Limit
from include.ingestion.refused import keep_drift, keep_refused, keep_rejected
from include.ingestion.scope import Scope
from include.ingestion.stage import Stage, listed
from include.operations import loads
from include.operations.loads import Load
from include.operations.runs import Counts
from include.warehouse import Connection, fetch_value

# Of the instants whose rows were repeated.
REPEATED_NAMED = 200


def load_versions(staged: Stage, checked: RowCheck, load: Load, *, gone_before: str | None = None) -> Counts:
    """Add the staged rows to the dataset's versions, and return what came in and what it changed.

    Raises TooManyRejectedError, TooManyWithdrawnError, GoneError or RewrittenError before any version is written; what
    was refused is kept in `ops.rejected_rows` all the same. `gone_before` are the keys that an answer just before this
    one lacked.
    """
    # Keys that only ever ascended came once each.
    repeated = Repeated() if checked.is_ascending else take_repeated(staged, checked)
    rejected = [*checked.rejected, *repeated.disagreeing]
    connection, dataset = staged.connection, staged.dataset
    refuse_if_rejected(connection, checked, rejected, load)
    with connection:
        known_at = lock_dataset(connection, dataset)
        # Where nothing is held there is nothing to compare: the whole history comes in at the cost of its insert.
        held = is_held(connection, dataset, checked.scope)
        revised = 0
        withdraws = held and not dataset.is_final
        if withdraws:
            _note_vanished(staged, checked)
            _refuse_if_withdrawn(staged, checked, rejected)
            _refuse_if_gone_once(staged, checked, gone_before)
        if held:
            revised = _leave_changed(staged, checked)
            _refuse_if_rewritten(dataset, checked, revised)
        new = _add_staged(staged, known_at, load.run_id) - revised
        withdrawn = _add_tombstones(staged, known_at, load.run_id) if withdraws and not rejected else 0
        counts = Counts(
            *(checked.fetched, new, revised, withdrawn),
            rejected=len(rejected),
            repeated=repeated.rows,
            outside=checked.outside,
        )
        unchanged = checked.fetched - new - revised - len(rejected) - repeated.rows - checked.outside
        counts = replace(counts, unchanged=unchanged)
        loads.note_repeated(connection, load, repeated.instants)
        conclude(connection, checked, rejected, counts, known_at, load)
    return counts


def conclude(
    connection: Connection,
    checked: RowCheck,
    rejected: list[RejectedRow],
    counts: Counts,
    known_at: datetime,
    load: Load,
) -> None:
    """Keep what was refused, what was new to us and what was done, within the transaction that adds the rows."""
    keep_rejected(connection, checked.dataset, rejected, load.run_id)
    keep_drift(connection, checked.dataset, checked.unknown_columns, load.run_id)
    if counts.written:
        _keep_known_at(connection, checked.dataset, known_at)
    loads.hold(connection, load, counts, known_at=known_at if counts.written else None)


def _kept_names(dataset: Dataset) -> list[str]:
    """Return the columns that go from the stage into the raw table."""
    content = [each.name for each in dataset.content_columns] if dataset.is_typed else []
    return [*dataset.key, *content, "_extra" if dataset.is_typed else "payload", "content_hash"]


def _execute(staged: Stage, text: str, **parts: sql.Composable) -> int:
    """Run a statement about the stage; return how many rows it wrote."""
    with staged.connection.cursor() as cursor:
        cursor.execute(_statement(staged, text, **parts))
        return int(cursor.rowcount)


def _statement(staged: Stage, text: str, **parts: sql.Composable) -> sql.Composed:
    """Fill in the raw table, its key, and how the rows `new` and `held` are matched."""
    same = [
        sql.SQL("new.{0} is not distinct from held.{0}" if each.is_nullable else "new.{0} = held.{0}").format(
            sql.Identifier(each.name)
        )
        for each in staged.dataset.key_columns
    ]
    return sql.SQL(text).format(
        raw=staged.dataset.identifier, key=listed(staged.dataset.key), same_key=sql.SQL(" and ").join(same), **parts
    )


@dataclass(frozen=True)
class Repeated:
    """Rows whose key came more than once, all but the one that counts."""

    rows: int = 0
    """How many repeated another."""
    disagreeing: Sequence[RejectedRow] = ()
    """Those that had to be refused: rows of one key that differ, where the dataset does not say which of them wins."""
    instants: Sequence[datetime] = ()
    """The instants in their keys, the first of them in order."""


def take_repeated(staged: Stage, checked: RowCheck) -> Repeated:
    """Take rows out of the stage whose key came more than once, all but the one that counts; return what they were."""
    wins = sql.SQL("").join(
        sql.SQL("{} desc nulls last, ").format(sql.Identifier(name)) for name in staged.dataset.wins
    )
    statement = _statement(
        staged,
        """
        with judged as (
            select
                ordinal,
                row_number() over (partition by {key} order by {wins} ordinal) as rank,
                min(content_hash) over (partition by {key}) <> max(content_hash) over (partition by {key}) as disagree
            from staged_rows
        )

        delete from staged_rows as new
        using judged
        where new.ordinal = judged.ordinal and (judged.rank > 1 or (judged.disagree and {is_open}))
        returning judged.disagree and {is_open}, {published}, {key_of_new}
        """,
        wins=wins,
        is_open=sql.Literal(not staged.dataset.wins),
        published=sql.SQL("to_jsonb(new)::text" if staged.dataset.is_typed else "new.published"),
        key_of_new=sql.SQL(", ").join(sql.Identifier("new", name) for name in staged.dataset.key),
    )
    with staged.connection, staged.connection.cursor() as cursor:
        cursor.execute(statement)
        taken = cursor.fetchall()
    refused = [
        RejectedRow("Same key came twice with different values", published.encode(), key, checked.observed_at(key))
        for is_refused, published, *values in taken
        if is_refused and (key := tuple(values))
    ]
    keys = (key for is_refused, _, *key in taken if not is_refused)
    instants = {value for key in keys for value in key if isinstance(value, datetime)}
    return Repeated(len(taken) - len(refused), refused, sorted(instants)[:REPEATED_NAMED])


def refuse_if_rejected(connection: Connection, checked: RowCheck, rejected: list[RejectedRow], load: Load) -> None:
    """Raise TooManyRejectedError, and keep the refused rows, where there are too many for the dataset."""
    limit = checked.dataset.limits.rejected_share
    if len(rejected) > limit.most * checked.fetched:
        # What has been written of the answer by now goes with it.
        connection.rollback()
        keep_refused(connection, checked.dataset, checked.fetched, rejected, load)
        raise TooManyRejectedError(f"{too_many_rejected(checked.fetched, rejected)}; {limit.because}")


def lock_dataset(connection: Connection, dataset: Dataset) -> datetime:
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


# The latest version of each key that was asked for.
_ASKED = """
    held as (
        select distinct on ({key}) {key}, content_hash
        from {raw}
        where {is_asked}
        order by {key}, version_id desc
    )
"""
# The same where rows are asked for by what is no part of their key: a later version may lie elsewhere.
_ASKED_BY_CONTENT = """
    held as (
        select {key}, content_hash
        from (
            select distinct on ({key}) * from {raw}
            where ({key}) in (select {key} from {raw} where {is_asked})
            order by {key}, version_id desc
        ) as latest
        where {is_asked}
    )
"""
_STAGED_KEYS = """
    held as (
        select distinct on ({key}) {key}, content_hash
        from {raw} as held
        where exists (select from staged_rows as new where {same_key})
        order by {key}, version_id desc
    )
"""


def _asks_by_key(dataset: Dataset) -> bool:
    return dataset.window_column is None or dataset.window_column in dataset.key


def _is_asked(dataset: Dataset, scope: Scope) -> sql.Composable:
    return scope.condition(dataset.window_column)


def is_held(connection: Connection, dataset: Dataset, scope: Scope) -> bool:
    """Tell whether there is any version that rows of the scope could be compared with."""
    where = _is_asked(dataset, scope) if _asks_by_key(dataset) else sql.SQL("true")
    statement = sql.SQL("select exists (select from {} where {})").format(dataset.identifier, where)
    return bool(fetch_value(connection, statement))


def _held_of_scope(staged: Stage, checked: RowCheck) -> sql.Composed:
    """Return SQL for the latest version of each key of the scope, as the CTE `held`."""
    asked = _ASKED if _asks_by_key(staged.dataset) else _ASKED_BY_CONTENT
    return _statement(staged, asked, is_asked=_is_asked(staged.dataset, checked.scope))


def _note_vanished(staged: Stage, checked: RowCheck) -> None:
    """Put the known keys of the scope that are not staged into `vanished_keys`, for the length of the transaction."""
    held = _held_of_scope(staged, checked)
    _execute(
        staged,
        """
        create temp table vanished_keys on commit drop as
        with {held}

        select {key} from held
        where content_hash is not null and not exists (select from staged_rows as new where {same_key})
        """,
        held=held,
    )


def _refuse_if_withdrawn(staged: Stage, checked: RowCheck, rejected: list[RejectedRow]) -> None:
    """Refuse the answer if too many known keys are gone. A rejected row counts as present: its key, or any one."""
    present = [row.key for row in rejected if row.key is not None]
    _execute(staged, "create temp table present_keys on commit drop as select {key} from {raw} with no data")
    if present:
        with staged.connection.cursor() as cursor:
            execute_values(cursor, "insert into present_keys values %s", present)
    statement = _statement(
        staged,
        """
        select count(*) from vanished_keys as held
        where not exists (select from present_keys as new where {same_key})
        """,
    )
    gone = int(fetch_value(staged.connection, statement)) - sum(row.key is None for row in rejected)
    limit = staged.dataset.limits.withdrawn_keys
    if gone > limit.most and gone > (share := _withdrawn_share(staged, checked)).most:
        most = max(limit, share)
        raise TooManyWithdrawnError(
            f"{gone:,} known rows of {staged.dataset.name} are gone from {checked.scope}; "
            f"at most {most.most:,.0f} may: {most.because}"
        )


def _refuse_if_gone_once(staged: Stage, checked: RowCheck, gone_before: str | None) -> None:
    """Raise GoneError where keys are gone that were not gone from an answer just before this one."""
    if not staged.dataset.limits.is_asked_twice:
        return
    statement = _statement(
        staged,
        """
        select count(*), md5(string_agg(({key})::text, ' ' order by ({key})::text))
        from (select {key} from vanished_keys except select {key} from present_keys) as gone
        """,
    )
    with staged.connection.cursor() as cursor:
        cursor.execute(statement)
        [(rows, keys)] = cursor.fetchall()
    if rows and keys != gone_before:
        raise GoneError(f"{rows:,} known rows of {staged.dataset.name} are gone from {checked.scope}", keys)


def _refuse_if_rewritten(dataset: Dataset, checked: RowCheck, revised: int) -> None:
    if revised and dataset.is_final:
        raise RewrittenError(
            f"{revised:,} rows of {dataset.name}, {checked.scope}, differ from those that are held, which never change"
        )


def _withdrawn_share(staged: Stage, checked: RowCheck) -> Limit:
    """Return how many keys may be gone by their share of all that are known."""
    limit = staged.dataset.limits.withdrawn_share
    if limit is None:
        return Limit(0, "no share of them")
    held = _held_of_scope(staged, checked)
    living = _statement(staged, "with {held} select count(*) from held where content_hash is not null", held=held)
    return limit._replace(most=limit.most * int(fetch_value(staged.connection, living)))


def _leave_changed(staged: Stage, checked: RowCheck) -> int:
    """Take rows out of the stage that are as the latest version of their key; return how many others have one."""
    held = _statement(
        staged,
        _ASKED if _asks_by_key(staged.dataset) else _STAGED_KEYS,
        is_asked=_is_asked(staged.dataset, checked.scope),
    )
    statement = _statement(
        staged,
        """
        with {held},

        unchanged as (
            delete from staged_rows as new using held
            where {same_key} and new.content_hash = held.content_hash
        )

        select count(*) from staged_rows as new
        inner join held on {same_key}
        where new.content_hash is distinct from held.content_hash
        """,
        held=held,
    )
    return int(fetch_value(staged.connection, statement))


def _add_staged(staged: Stage, known_at: datetime, run_id: int) -> int:
    """Add a version of each row that is left in the stage, in the order they came; return how many."""
    return _execute(
        staged,
        "insert into {raw} ({kept}, known_at, run_id) select {kept}, {known_at}, {run_id} from staged_rows",
        kept=listed(_kept_names(staged.dataset)),
        known_at=sql.Literal(known_at),
        run_id=sql.Literal(run_id),
    )


def _add_tombstones(staged: Stage, known_at: datetime, run_id: int) -> int:
    return _execute(
        staged,
        """
        insert into {raw} ({key}, known_at, run_id)
        select {key}, {known_at}, {run_id} from vanished_keys order by {key}
        """,
        known_at=sql.Literal(known_at),
        run_id=sql.Literal(run_id),
    )


def _keep_known_at(connection: Connection, dataset: Dataset, known_at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update ops.datasets set last_known_at = %s where dataset = %s", (known_at, dataset.name))
