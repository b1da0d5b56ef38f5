"""The history of runs tells the truth, also of runs whose process was killed."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from include.operations import runs
from include.operations.runs import Counts, Failure, Status
from include.warehouse import Role

DAG = "neso_generation_mix"
HISTORY = "select status, finished_at is not null, error_message from ops.pipeline_runs order by run_id"


def test_a_run_is_one_row_however_often_it_is_opened(loader, query):
    first = runs.open_run(loader, DAG, "scheduled__1")
    assert runs.open_run(loader, DAG, "scheduled__1") == first
    assert runs.open_run(loader, DAG, "scheduled__2") != first
    assert query(HISTORY) == [("running", False, None)] * 2


def test_a_run_closes_as_a_success_or_as_its_tasks_concluded(loader, query):
    for name, conclusion in (("a", None), ("b", Status.SKIPPED), ("c", Status.SUPERSEDED)):
        run_id = runs.open_run(loader, DAG, name)
        if conclusion:
            runs.conclude(loader, run_id, conclusion)
            runs.open_run(loader, DAG, name)  # a later task of the same run
        runs.close_run(loader, DAG, name, failed=False)
    assert [status for status, *_ in query(HISTORY)] == ["success", "skipped", "superseded"]
    assert query("select bool_and(duration_s >= 0) from ops.pipeline_runs") == [(True,)]


def test_a_failed_run_keeps_its_cause_and_a_repeated_one_that_succeeds_loses_it(loader, query):
    run_id = runs.open_run(loader, DAG, "a")
    runs.record_failure(loader, run_id, Failure("build_models", "dbt model x: boom", "Traceback …", "DbtFailedError"))
    runs.close_run(loader, DAG, "a", failed=True)
    assert query("select status, failed_task, error_type, error_message, stack_trace from ops.pipeline_runs") == [
        ("failed", "build_models", "DbtFailedError", "dbt model x: boom", "Traceback …")
    ]
    runs.open_run(loader, DAG, "a")
    runs.close_run(loader, DAG, "a", failed=False)
    assert query("select status, failed_task, error_type, error_message, stack_trace from ops.pipeline_runs") == [
        ("success", None, None, None, None)
    ]


def test_what_a_terminal_would_obey_or_a_reader_not_see_is_written_out(loader, query):
    run_id = runs.open_run(loader, "neso_generation_mix", "a")
    runs.record_failure(loader, run_id, Failure("load", "\x1b[31mred \u202egnp.exe", "one\n\ttwo \x07"))
    assert query("select error_message, stack_trace from ops.pipeline_runs") == [
        (r"\x1b[31mred \u202egnp.exe", "one\n\ttwo \\x07")
    ]


def test_counts_of_a_task_that_is_tried_again_add_up(loader, query):
    run_id = runs.open_run(loader, DAG, "a")
    for counts in (Counts(fetched=10, new=10), Counts(fetched=10, unchanged=10)):
        with loader:
            runs.add_counts(loader, run_id, counts)
    assert query("select fetched, new, unchanged from ops.pipeline_runs") == [(20, 10, 10)]


def test_a_run_that_is_cleared_after_its_end_keeps_its_counts(loader, transformer, query):
    run_id = runs.open_run(loader, DAG, "a")
    with loader:
        runs.add_counts(loader, run_id, Counts(fetched=10, new=10))
    with transformer:
        runs.add_published(transformer, run_id, 10)
    runs.close_run(loader, DAG, "a", failed=False)
    before = query("select started_at from ops.pipeline_runs")
    runs.open_run(loader, DAG, "a")
    assert query("select status, fetched, new, published from ops.pipeline_runs") == [("running", 10, 10, 10)]
    assert query("select started_at from ops.pipeline_runs") > before


@pytest.fixture
def task_at_work(warehouse, loader):
    """A process that works on a run, until it is killed."""
    run_id = runs.open_run(loader, DAG, "killed")
    program = (
        "import os, sys\n"
        "from include.operations import runs\n"
        "from include.warehouse import session\n"
        "with session(os.environ['URL'], application='tests') as loader, runs.at_work(loader, int(sys.argv[1])):\n"
        "    print('at work', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(run_id)],
        env={**os.environ, "URL": warehouse.dsn(Role.LOADER)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "at work\n"
    yield process
    process.kill()
    process.communicate()


def test_a_run_whose_process_was_killed_is_lost_at_once(loader, query, task_at_work):
    assert runs.mark_lost(loader) == 0, "its task is at work"
    task_at_work.send_signal(signal.SIGKILL)
    task_at_work.wait()
    _until(lambda: runs.mark_lost(loader) == 1)
    assert query(HISTORY) == [("lost", True, "the process was killed")]
    runs.open_run(loader, DAG, "killed")  # Airflow tries the task again
    runs.close_run(loader, DAG, "killed", failed=False)
    assert query(HISTORY) == [("success", True, None)]


def test_a_task_that_ends_leaves_its_run_to_the_next_task(loader, query, task_at_work):
    task_at_work.communicate()
    assert query("select count(*) from ops.run_sessions") == [(0,)]
    assert runs.mark_lost(loader) == 0, "a short silence between two tasks is nothing"
    assert runs.mark_lost(loader, silence=timedelta(0)) == 1


def _until(condition, within_s=10):
    """PostgreSQL ends the session of a killed client as soon as it sees the connection closed."""
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"


def test_a_retry_whose_session_got_the_pid_of_the_killed_one_is_no_lost_run(loader, query):
    """The killed task left its session behind, under the number that the server gives to the next one."""
    run_id = runs.open_run(loader, DAG, "a")
    with loader, loader.cursor() as cursor:
        cursor.execute(
            "insert into ops.run_sessions (run_id, backend_pid, backend_started_at)"
            " values (%s, pg_backend_pid(), '2026-01-01T00:00:00Z')",
            (run_id,),
        )
    with runs.at_work(loader, run_id):
        assert runs.mark_lost(loader) == 0
        assert query(HISTORY) == [("running", False, None)]
