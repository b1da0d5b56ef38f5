"""History is kept from those who make it: what a login of the pipeline may change in `ops`, column by column."""

import pytest
from psycopg2 import errors, sql

from include.operations import loads, runs
from include.operations.runs import Counts, Failure, Status
from include.warehouse import Role, session

DAG = "neso_generation_mix"
COUNTS = {"fetched", "new", "revised", "withdrawn", "unchanged", "rejected", "repeated", "outside"}
CAUSE = {"failed_task", "error_type", "error_message", "stack_trace"}
# All that may be updated, and why. A column that is new is refused until it stands here.
UPDATED = {
    Role.LOADER: {
        "datasets": {"last_known_at"},  # the instant of the newest load; locking the row asks for a column
        # Until it has ended.
        "pipeline_runs": {"started_at", "last_seen_at", "finished_at", "status", "plan", *COUNTS, *CAUSE},
        "loads": {  # so
            *("edition", "outcome", "cause", "version_id", "known_at", "started_at", "finished_at", *COUNTS),
            *("source_count", "rows_held", "repeated_at"),
            *("digest", "covers", "arrived_at"),  # a file that changed between a run's two tries
        },
        "run_sessions": {"backend_started_at"},  # the server may give a number again
        "rejected_rows": {"run_id", "last_rejected_at", "times_rejected"},  # what is refused again
        "request_pace": {"tokens", "refilled_at"},  # a bucket, no history
        "folder_turns": {"dataset"},  # who locks a row must be allowed to update it
        "alerts": {"summary", "airflow_run_id", "last_raised_at", "times_raised", "told_at", "resolved_at"},
        "alert_messages": {"attempts", "next_attempt_at", "sent_at", "last_error"},
    },
    Role.TRANSFORMER: {
        "pipeline_runs": {"published"},  # in the transaction that publishes, until the run has ended
        "dbt_results": {"status", "duration_s", "rows_affected", "message", "finished_at"},  # slices, within their run
        "watermarks": {
            *("published_version_id", "pending_after_version_id", "built_version_id", "bound_version_id", "build_id"),
        },
        "built_views": {"checksum", "built_at"},  # what was built last, no history
        "published_models": {"model", "checksum", "published_at"},  # locked as a table, which asks for all of it
        "build_slot": {"is_only"},  # so is this one
        "release_settings": {"value"},  # what was built with last, no history
    },
}
COLUMNS = """
    select table_name, column_name
    from information_schema.columns
    inner join information_schema.tables using (table_schema, table_name)
    where table_schema = 'ops' and table_type = 'BASE TABLE'
"""
FURTHER = """
    select table_name, privilege, login
    from information_schema.tables
    cross join unnest(array['delete', 'truncate', 'trigger', 'references']) as privilege
    cross join unnest(%s) as login
    where table_schema = 'ops' and has_table_privilege(login, format('ops.%%I', table_name), privilege)
"""


@pytest.mark.parametrize("role", Role)
def test_each_column_is_updated_only_by_whom_it_is_declared_for(warehouse, query, role):
    columns = query(COLUMNS)
    with session(warehouse.dsn(role), application="tests", autocommit=True) as connection:
        updated = {(table, column) for table, column in columns if _is_allowed(connection, _update(table, column))}
    declared = {(table, column) for table, names in UPDATED.get(role, {}).items() for column in names}
    assert updated == declared
    assert len(columns) > 100


def test_nobody_deletes_empties_or_ties_to_what_was_noted(query):
    found = query(FURTHER, [role.login for role in Role])
    assert found == [("run_sessions", "delete", "gridloom_loader")], "a session goes with its task"


def test_what_is_not_theirs_to_note_is_not_added_either(loader, transformer):
    assert not _is_allowed(transformer, "insert into ops.pipeline_runs default values")
    assert not _is_allowed(loader, "insert into ops.datasets (dataset) values ('mine')")
    assert not _is_allowed(loader, "insert into ops.publications default values")
    assert not _is_allowed(transformer, "select setval('ops.build_id', 1)")


@pytest.fixture
def ended(loader, transformer):
    """A run that has ended, with a load that is held and a model that was built."""
    run_id = runs.open_run(loader, DAG, "ended")
    load = loads.begin(loader, run_id=run_id, dataset=DAG, scope="all", covers=None, is_routine=True)
    with loader:
        loads.hold(loader, load, Counts(fetched=1, new=1), known_at=None)
    with transformer, transformer.cursor() as cursor:
        cursor.execute(
            "insert into ops.dbt_results (run_id, build_id, unique_id, resource_type, name, status, duration_s,"
            " finished_at) values (%s, 1, 'model.x', 'model', 'x', 'error', 1, now())",
            (run_id,),
        )
    runs.close_run(loader, DAG, "ended", failed=True)
    return run_id


def test_what_a_run_did_stands_once_it_has_ended(loader, transformer, ended):
    for statement in (
        "update ops.pipeline_runs set status = 'success'",
        "update ops.pipeline_runs set started_at = now() - interval '1 day'",
        "update ops.pipeline_runs set fetched = 5, new = 5",
        "update ops.loads set fetched = 0, new = 0",
        "update ops.loads set outcome = 'failed', cause = 'never came'",
        "update ops.loads set version_id = 7",
        "update ops.loads set outcome = 'loading', new = 9",
    ):
        assert not _is_allowed(loader, statement), statement
    for statement in (
        "update ops.pipeline_runs set published = 5",
        "update ops.dbt_results set status = 'success'",
    ):
        assert not _is_allowed(transformer, statement), statement


def test_a_run_that_is_opened_and_closed_again_says_when(loader, query, ended):
    [(closed_at,)] = query("select finished_at from ops.pipeline_runs")
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set status = 'running', finished_at = null, new = 5")
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set status = 'success', finished_at = %s", (closed_at,))
    assert query("select finished_at > %s from ops.pipeline_runs", closed_at) == [(True,)]


def test_a_load_that_is_asked_for_again_says_when(loader, query, ended):
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.loads set outcome = 'loading', finished_at = null")
        cursor.execute("update ops.loads set outcome = 'held', new = 5, finished_at = '2026-01-01 00:00+00'")
    assert query("select finished_at > now() - interval '1 hour' from ops.loads") == [(True,)]


def test_a_task_that_is_ended_with_its_run_tells_why_a_little_later(loader, owner, query, ended):
    runs.record_failure(loader, ended, Failure("publish", "ran out of time", "", "TimeoutError"))
    assert query("select error_message from ops.pipeline_runs") == [("ran out of time",)]
    with owner, owner.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set finished_at = finished_at - interval '1 hour'")
    with pytest.raises(errors.InsufficientPrivilege, match="history"):
        runs.record_failure(loader, ended, Failure("publish", "was none", ""))


def test_a_run_that_is_taken_for_lost_may_go_on(loader, transformer, query):
    run_id = runs.open_run(loader, DAG, "lost")
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.pipeline_runs set status = %s, finished_at = now()", (Status.LOST.value,))
    with transformer:
        runs.add_published(transformer, run_id, 5)
    assert query("select published from ops.pipeline_runs") == [(5,)]


def _update(table, column):
    """What asks for the right to update a column, and touches no row."""
    return sql.SQL("update {} set {} = default where false").format(
        sql.Identifier("ops", table), sql.Identifier(column)
    )


def _is_allowed(connection, statement):
    """Try a statement, and take it back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("set default_transaction_read_only to off")
            cursor.execute(statement)
    except errors.InsufficientPrivilege:
        return False
    finally:
        connection.rollback()
    return True
