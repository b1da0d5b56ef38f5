"""Run history: `ops.pipeline_runs`, one row per run, opened before the first request and closed whatever happens.

A task at work holds a database session that is registered with its run. When the process is killed the session
ends with it, so that a run whose sessions are gone is known to be lost, without a heartbeat to wait for.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from enum import StrEnum
from operator import add, attrgetter

import psycopg2

from include.warehouse import Connection, fetch_value

# Between two tasks nothing holds a session; a run is silent for this long only when nobody works on it any more.
SILENCE_BETWEEN_TASKS = timedelta(minutes=15)
MESSAGE_LIMIT = 1_000
STACK_TRACE_LIMIT = 20_000
# A load that was begun and never ended goes with its run.
_END_LOADS = """
    update ops.loads as load
    set outcome = 'failed', cause = 'the process was killed', finished_at = clock_timestamp()
    from ops.pipeline_runs as run
    where load.outcome = 'loading' and load.run_id = run.run_id and run.finished_at is not null
"""


class Status(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    LOST = "lost"


@dataclass(frozen=True)
class Counts:
    """Rows of one load: `fetched` as sent, the others by what became of them."""

    fetched: int = 0
    new: int = 0
    revised: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    rejected: int = 0
    repeated: int = 0
    """Rows whose key came more than once, all but one of each: the same each time, or less than the one that wins."""
    outside: int = 0
    """Rows at the edge of what was asked for, which were left out."""

    @property
    def written(self) -> int:
        """Versions that were added to raw."""
        return self.new + self.revised + self.withdrawn

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, self.figures, other.figures))

    @property
    def figures(self) -> tuple[int, ...]:
        """All of them, in the order of the fields."""
        return _FIGURES(self)


_FIGURES = attrgetter(*(each.name for each in fields(Counts)))


@dataclass(frozen=True)
class Failure:
    """Why a task failed: the task, the cause in one line, where it happened, and the class of the error."""

    task: str
    message: str
    stack_trace: str
    error_type: str | None = None


def find_run(connection: Connection, dag_id: str, airflow_run_id: str) -> int:
    """Return the run's id; its row is made on first sight, and left as it is after that."""
    known = "select run_id from ops.pipeline_runs where dag_id = %s and airflow_run_id = %s"
    with connection:
        # Looked up first: an insert that meets its row would use up a number all the same.
        run_id = fetch_value(connection, known, (dag_id, airflow_run_id))
        if run_id is None:
            with connection.cursor() as cursor:
                cursor.execute(
                    """
                    insert into ops.pipeline_runs (dag_id, airflow_run_id, started_at, last_seen_at, status)
                    values (%s, %s, clock_timestamp(), clock_timestamp(), 'running')
                    on conflict do nothing
                    """,
                    (dag_id, airflow_run_id),
                )
            run_id = fetch_value(connection, known, (dag_id, airflow_run_id))
        return int(run_id)


def open_run(connection: Connection, dag_id: str, airflow_run_id: str) -> int:
    """Return the id of a run that begins or goes on; its row says so.

    The time of a run that was done and is repeated (cleared, or reprocessed by a backfill) begins anew; its counts go
    on, as the versions it wrote are still there. One that was taken for lost goes on. What a task of it has concluded
    stands until the run is done.
    """
    run_id = find_run(connection, dag_id, airflow_run_id)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.pipeline_runs
            set
                started_at = case
                    when finished_at is not null and status <> 'lost' then clock_timestamp()
                    else started_at
                end,
                last_seen_at = clock_timestamp(),
                status = case
                    when finished_at is null and status in ('skipped', 'superseded') then status
                    else 'running'
                end,
                finished_at = null
            where run_id = %s
            """,
            (run_id,),
        )
    return run_id


def add_counts(connection: Connection, run_id: int, counts: Counts) -> None:
    """Add a load's counts to its run, within the caller's transaction: a retried task adds to what it did before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.pipeline_runs
            set
                fetched = coalesce(fetched, 0) + %(fetched)s,
                new = coalesce(new, 0) + %(new)s,
                revised = coalesce(revised, 0) + %(revised)s,
                withdrawn = coalesce(withdrawn, 0) + %(withdrawn)s,
                unchanged = coalesce(unchanged, 0) + %(unchanged)s,
                rejected = coalesce(rejected, 0) + %(rejected)s,
                repeated = coalesce(repeated, 0) + %(repeated)s,
                outside = coalesce(outside, 0) + %(outside)s
            where run_id = %(run_id)s
            """,
            {**asdict(counts), "run_id": run_id},
        )


def add_published(connection: Connection, run_id: int, keys: int) -> None:
    """Count the keys a run brought to analytics, within the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update ops.pipeline_runs set published = coalesce(published, 0) + %s where run_id = %s", (keys, run_id)
        )


def has_published(connection: Connection, run_id: int) -> bool:
    """Tell whether a run has brought anything to analytics, its own or what an earlier one left."""
    statement = "select exists (select from ops.publications where run_id = %s)"
    with connection:
        return bool(fetch_value(connection, statement, (run_id,)))


def record_failure(connection: Connection, run_id: int, failure: Failure) -> None:
    """Keep the cause of a task's failure; a later success of the run takes it away again."""
    message, stack_trace = storable(failure.message), storable(failure.stack_trace)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.pipeline_runs
            set failed_task = %s, error_type = %s, error_message = %s, stack_trace = %s
            where run_id = %s
            """,
            (failure.task, failure.error_type, message[:MESSAGE_LIMIT], stack_trace[-STACK_TRACE_LIMIT:], run_id),
        )


def conclude(connection: Connection, run_id: int, status: Status) -> None:
    """Say ahead of the run's end how it will end (`skipped`, `superseded`), unless a later task fails."""
    with connection, connection.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set status = %s where run_id = %s", (status.value, run_id))


def close_run(connection: Connection, dag_id: str, airflow_run_id: str, *, failed: bool) -> None:
    """Close a run's row, as failed or as what its tasks concluded, else as a success."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.pipeline_runs
            set
                finished_at = clock_timestamp(),
                last_seen_at = clock_timestamp(),
                status = case
                    when %(failed)s then 'failed'
                    when status in ('skipped', 'superseded') then status
                    else 'success'
                end,
                failed_task = case when %(failed)s then failed_task end,
                error_type = case when %(failed)s then error_type end,
                error_message = case when %(failed)s then coalesce(error_message, 'failed outside its tasks') end,
                stack_trace = case when %(failed)s then stack_trace end
            where dag_id = %(dag_id)s and airflow_run_id = %(airflow_run_id)s
            """,
            {"failed": failed, "dag_id": dag_id, "airflow_run_id": airflow_run_id},
        )
        cursor.execute(_END_LOADS)


@contextmanager
def at_work(connection: Connection, run_id: int) -> Iterator[None]:
    """Register this session with its run for the length of a task; if the process dies, the run counts as lost."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.run_sessions (run_id, backend_pid, backend_started_at)
            select %s, pid, backend_start from pg_catalog.pg_stat_activity where pid = pg_backend_pid()
            on conflict (run_id, backend_pid) do update set backend_started_at = excluded.backend_started_at
            """,
            (run_id,),
        )
    try:
        yield
    finally:
        # Where the server has ended the session, there is nothing to take back, and the cause is not to be hidden.
        with suppress(psycopg2.OperationalError, psycopg2.InterfaceError):
            connection.rollback()
            _leave(connection, run_id)


def mark_lost(connection: Connection, *, silence: timedelta = SILENCE_BETWEEN_TASKS) -> int:
    """Mark running runs whose process was killed as `lost`; return how many.

    Killed means: a task of it is registered as at work and its session is gone, or nothing was heard between two
    tasks for longer than `silence`. A lost run that a task comes back to is set running again.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            with gone as (
                delete from ops.run_sessions as task
                where not exists (
                    select from pg_catalog.pg_stat_activity as alive
                    where alive.pid = task.backend_pid and alive.backend_start = task.backend_started_at
                )
                returning run_id
            ),

            at_work as (
                select task.run_id
                from ops.run_sessions as task
                inner join pg_catalog.pg_stat_activity as alive
                    on task.backend_pid = alive.pid and task.backend_started_at = alive.backend_start
            )

            update ops.pipeline_runs as run
            set
                status = 'lost',
                finished_at = clock_timestamp(),
                error_message = coalesce(run.error_message, 'the process was killed')
            where
                run.finished_at is null
                and run.run_id not in (select run_id from at_work)
                and (run.run_id in (select run_id from gone) or run.last_seen_at < clock_timestamp() - %s)
            """,
            (silence,),
        )
        lost = int(cursor.rowcount)
        cursor.execute(_END_LOADS)
        return lost


def storable(text: str) -> str:
    """Return the text without what PostgreSQL cannot hold, and as a reader is to see it."""
    return written_out(text.replace("\0", ""))


def written_out(text: str) -> str:
    """Return the text with what a terminal would obey, or a reader not see, as its number: `\\x1b`, `\\u202e`."""
    shown = (each if each.isprintable() or each in "\n\t" else each.encode("unicode_escape").decode() for each in text)
    return "".join(shown)


def _leave(connection: Connection, run_id: int) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute("delete from ops.run_sessions where run_id = %s and backend_pid = pg_backend_pid()", (run_id,))
        cursor.execute("update ops.pipeline_runs set last_seen_at = clock_timestamp() where run_id = %s", (run_id,))
