"""The ledger of loads, `ops.loads`: what a run asked for, of which dataset and scope, and what came of it.

A load is begun in a transaction of its own, so that it is seen while it goes on; it is held in the very transaction
that adds its versions.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg2 import sql
from psycopg2.extras import DateTimeTZRange, Json

from include.operations import runs
from include.operations.runs import Counts
from include.warehouse import Connection, fetch_value

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Load:
    """A row of the ledger."""

    load_id: int
    run_id: int
    dataset: str


def begin(
    connection: Connection, *, run_id: int, dataset: str, scope: str, covers: Span | None, is_routine: bool
) -> Load:
    """Note that a scope is being asked for. A retried task goes on with the row of the first one.

    Why that one failed stays until an answer has come.
    """
    with connection:
        load_id = fetch_value(
            connection,
            """
            insert into ops.loads (run_id, dataset, scope, covers, is_routine, outcome, started_at)
            values (%(run_id)s, %(dataset)s, %(scope)s, %(covers)s, %(is_routine)s, 'loading', clock_timestamp())
            on conflict (run_id, dataset, scope) do update
            set outcome = 'loading', started_at = excluded.started_at, finished_at = null
            returning load_id
            """,
            {
                "run_id": run_id,
                "dataset": dataset,
                "scope": scope,
                "covers": covers and DateTimeTZRange(*covers),
                "is_routine": is_routine,
            },
        )
    return Load(int(load_id), run_id, dataset)


def hold(connection: Connection, load: Load, counts: Counts, *, known_at: datetime | None) -> None:
    """Note, within the caller's transaction, that the rows of a scope are in raw."""
    count(connection, load, counts)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.loads
            set outcome = 'held', cause = null, known_at = coalesce(%s, known_at), finished_at = clock_timestamp()
            where load_id = %s
            """,
            (known_at, load.load_id),
        )


def leave(connection: Connection, load: Load) -> None:
    """Note that nothing was fetched, since the edition is known."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.loads set outcome = 'unchanged', cause = null, finished_at = clock_timestamp()
            where load_id = %s
            """,
            (load.load_id,),
        )


def fail(connection: Connection, load: Load, cause: str) -> None:
    """Note that a load came to nothing, and why."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.loads set outcome = 'failed', cause = %s, finished_at = clock_timestamp()
            where load_id = %s and outcome = 'loading'
            """,
            (runs.storable(cause)[: runs.MESSAGE_LIMIT], load.load_id),
        )


def note_edition(connection: Connection, load: Load, edition: str | None) -> None:
    """Keep what the publisher said of its last change."""
    with connection, connection.cursor() as cursor:
        cursor.execute("update ops.loads set edition = %s where load_id = %s", (edition, load.load_id))


def note_source_count(connection: Connection, load: Load, rows: int) -> None:
    """Keep how many rows the publisher says that it has of the scope."""
    with connection, connection.cursor() as cursor:
        cursor.execute("update ops.loads set source_count = %s where load_id = %s", (rows, load.load_id))


def note_repeated(connection: Connection, load: Load, instants: Sequence[datetime]) -> None:
    """Keep, within the caller's transaction, what the rows are of whose key came more than once, if any did."""
    if not instants:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update ops.loads set repeated_at = %s where load_id = %s",
            (Json([each.isoformat() for each in instants]), load.load_id),
        )


def count(connection: Connection, load: Load, counts: Counts) -> None:
    """Add counts to a load and to its run, within the caller's transaction: a retry adds to what was done before."""
    added = sql.SQL(", ").join(
        sql.SQL("{0} = {0} + {1}").format(sql.Identifier(name), sql.Literal(number))
        for name, number in asdict(counts).items()
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("update ops.loads set {} where load_id = %s").format(added), (load.load_id,))
    runs.add_counts(connection, load.run_id, counts)


def is_held_by_run(connection: Connection, *, run_id: int, dataset: str, scope: str) -> bool:
    """Tell whether an earlier try of the run, as it goes on now, has brought a scope in already."""
    statement = """
        select exists (
            select from ops.loads as load
            inner join ops.pipeline_runs as run on load.run_id = run.run_id
            where
                load.run_id = %s and load.dataset = %s and load.scope = %s
                and load.outcome = 'held' and load.started_at >= run.started_at
        )
    """
    with connection:
        return bool(fetch_value(connection, statement, (run_id, dataset, scope)))


def edition_held(connection: Connection, dataset: str, covers: Span | None, *, reaching: datetime | None) -> str | None:
    """Return the edition that a scope was last read in as a whole and is published, or None.

    A load that came late, whose scope ended before the instant `reaching`, may not have seen all of the edition.
    """
    statement = """
        select load.edition
        from ops.loads as load
        inner join ops.pipeline_runs as run on load.run_id = run.run_id
        where
            load.dataset = %(dataset)s
            and load.outcome = 'held'
            and run.status = 'success'
            and (%(start)s::timestamptz is null or lower(load.covers) <= %(start)s)
            and (%(reaching)s::timestamptz is null or upper(load.covers) >= %(reaching)s)
        order by load.load_id desc
        limit 1
    """
    with connection:
        edition: str | None = fetch_value(
            connection, statement, {"dataset": dataset, "start": covers and covers[0], "reaching": reaching}
        )
    return edition


def was_read(connection: Connection, dataset: str, edition: str, span: Span | None) -> bool:
    """Tell whether a scope was read in an edition: all of a span, or, for what has no instants, ever."""
    statement = """
        select exists (
            select from ops.loads
            where
                dataset = %(dataset)s
                and edition = %(edition)s
                and outcome = 'held'
                and (%(start)s::timestamptz is null or (lower(covers) <= %(start)s and upper(covers) >= %(end)s))
        )
    """
    start, end = span or (None, None)
    with connection:
        found = fetch_value(connection, statement, {"dataset": dataset, "edition": edition, "start": start, "end": end})
    return bool(found)


def held_as_a_whole(connection: Connection, dataset: str) -> frozenset[str]:
    """Return the scopes of a dataset that were loaded when all of them was over."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select distinct scope from ops.loads
            where dataset = %s and outcome = 'held' and covers is not null and started_at >= upper(covers)
            """,
            (dataset,),
        )
        return frozenset(scope for (scope,) in cursor.fetchall())


def all_unchanged(connection: Connection, run_id: int) -> bool:
    """Tell whether a run has asked for something, and all of it was known already."""
    statement = "select bool_and(outcome = 'unchanged') from ops.loads where run_id = %s"
    with connection:
        return bool(fetch_value(connection, statement, (run_id,)))


def failed(connection: Connection, run_id: int, datasets: Sequence[str]) -> list[str]:
    """Return what came to nothing of a run's loads of some datasets, each in one line that names it.

    Nothing of the run is being loaded any more: what has no end was ended with its task.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select dataset, coalesce(cause, 'the process was killed') from ops.loads
            where run_id = %s and dataset = any(%s) and outcome in ('failed', 'loading')
            order by load_id
            """,
            (run_id, list(datasets)),
        )
        return [f"{dataset}: {cause}" for dataset, cause in cursor.fetchall()]


def unanswered(connection: Connection, run_id: int, error: str) -> frozenset[str]:
    """Return the datasets of which a run, as it goes on now, has asked in vain so far: it ended with this error."""
    statement = """
        select distinct load.dataset from ops.loads as load
        inner join ops.pipeline_runs as run on load.run_id = run.run_id
        where
            load.run_id = %s and load.outcome in ('failed', 'loading') and starts_with(load.cause, %s)
            and load.started_at >= run.started_at
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, (run_id, f"{error}:"))
        return frozenset(dataset for (dataset,) in cursor.fetchall())


def begun(connection: Connection, run_id: int) -> frozenset[tuple[str, str]]:
    """Return dataset and scope of each load that a run has begun, whatever came of it."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select dataset, scope from ops.loads where run_id = %s", (run_id,))
        return frozenset(cursor.fetchall())
