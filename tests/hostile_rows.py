"""Hostile texts at every place of the warehouse that a publisher's words come to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2.extras import Json, execute_values

from include.quality.expectations import gxe
from include.quality.subject import Check, Subject
from include.warehouse import Warehouse, session
from tests.hostile_texts import HOSTILE

DATASET, DAG = "neso_generation_mix", "neso_generation_mix"
TEXTS = list(HOSTILE.values())
ALL_OF_THEM = " ".join(TEXTS)
# What a page tells whole, of the runs that failed last.
MESSAGES = [HOSTILE[name] for name in ("image", "badge, closed early", "code, closed early", "bare address")]
OF_RUNS = ("schema_drift", "rejected_rows", "quality_results", "dbt_results", "loads", "pipeline_runs")


@contextmanager
def laid_out(warehouse: Warehouse) -> Iterator[str]:
    """Put the texts into a warehouse for the length of a block; give the id that Airflow would have for their run."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner.cursor() as cursor:
        with owner:
            runs = [_run(cursor, f"hostile {number}", said) for number, said in enumerate([*MESSAGES, ALL_OF_THEM])]
            _fill(cursor, runs[-1])
        try:
            yield f"hostile {len(MESSAGES)}"
        finally:
            with owner:
                for table in OF_RUNS:
                    cursor.execute(f"delete from ops.{table} where run_id = any(%s)", (runs,))


def judged() -> Subject:
    """What was refused, and checks that quote it: each tells of unexpected values in a way of its own."""
    said = "said"
    checks = (
        gxe.ExpectColumnValuesToBeInSet(column=said, value_set=["nothing"], description="nothing is said"),
        gxe.ExpectColumnDistinctValuesToBeInSet(column=said, value_set=["nothing"], description="nothing else is said"),
        gxe.ExpectColumnMostCommonValueToBeInSet(column=said, value_set=["nothing"], description="it is said seldom"),
    )
    query = f"select reason as said from ops.rejected_rows where reason = payload and dataset = '{DATASET}'"
    named = tuple(Check(f"check {number}", each) for number, each in enumerate(checks))
    return Subject("hostile", "ops.rejected_rows", (said,), query, named)


def _run(cursor: Any, airflow_run_id: str, said: str) -> int:
    cursor.execute(
        """
        insert into ops.pipeline_runs (
            dag_id, airflow_run_id, started_at, last_seen_at, finished_at, status, failed_task, error_message,
            stack_trace
        )
        values (
            %s, %s, clock_timestamp(), clock_timestamp(), clock_timestamp(), 'failed', 'extract_and_load', %s, %s
        )
        returning run_id
        """,
        (DAG, airflow_run_id, said, said),
    )
    return int(cursor.fetchone()[0])


def _fill(cursor: Any, run_id: int) -> None:
    """Give a run each of the texts: as what came of a load, a new column, a refused row, a finding, a word of dbt's."""
    _insert(
        cursor,
        "loads (run_id, dataset, scope, is_routine, outcome, cause, started_at)",
        ((run_id, DATASET, text, True, "failed", text, "now") for text in TEXTS),
    )
    _insert(
        cursor,
        "schema_drift (dataset, column_name, first_seen_at, example, run_id)",
        ((DATASET, text, "now", text, run_id) for text in TEXTS),
    )
    _insert(
        cursor,
        "rejected_rows"
        " (dataset, reason, payload, first_run_id, run_id, first_rejected_at, last_rejected_at, observed_at)",
        ((DATASET, text, text, run_id, run_id, "now", "now", "now") for text in TEXTS),
    )
    _insert(
        cursor,
        "quality_results (run_id, stage, suite, name, subject, expectation, column_name, severity, success,"
        " observed_value, details, judged_at)",
        (
            (
                run_id,
                "check_raw",
                "hostile",
                text,
                text,
                text,
                text,
                "warning",
                False,
                Json(number),
                _found(text),
                "now",
            )
            for number, text in enumerate(TEXTS)
        ),
    )
    _insert(
        cursor,
        "dbt_results (run_id, build_id, unique_id, resource_type, name, status, duration_s, message, finished_at)",
        ((run_id, -run_id, text, "model", text, text, 1, text, "now") for text in TEXTS),
    )


def _found(text: str) -> Json:
    return Json({"finding": text})


def _insert(cursor: Any, into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    execute_values(cursor, f"insert into ops.{into} values %s", list(rows))
