"""What a run's history gives reason to tell: read from `ops` when a run begins or ends."""

from collections.abc import Iterator
from datetime import timedelta

from include.alerts.alert import Alert, Kind, one_line
from include.operations.runs import Status
from include.warehouse import Connection

# A run that was lost before is history.
LOST_WITHIN = timedelta(days=1)
# The class of the error that ends a run whose source stands still (include/pipeline.py).
STALE_SOURCE_ERROR = "StaleSourceError"


def of_run(connection: Connection, dag_id: str, airflow_run_id: str) -> list[Alert]:
    """Return what a run that has ended gives reason to tell: failure, a stale source, new columns, incidents."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select
                run_id, status, failed_task, error_type, error_message,
                array(
                    select distinct load.dataset from ops.loads as load
                    where load.run_id = run.run_id and load.outcome = 'failed' order by load.dataset
                )
            from ops.pipeline_runs as run
            where dag_id = %s and airflow_run_id = %s
            """,
            (dag_id, airflow_run_id),
        )
        row = cursor.fetchone()
    if row is None:
        return []
    run_id, status, task, error_type, message, datasets = row
    alerts = [
        *_stale(connection, run_id, dag_id, airflow_run_id),
        *_drift(connection, run_id, dag_id, airflow_run_id),
        *_incidents(connection, run_id, dag_id, airflow_run_id),
    ]
    is_told = any(alert.kind is Kind.SOURCE_STALE for alert in alerts) and error_type == STALE_SOURCE_ERROR
    if status == Status.FAILED and not is_told:
        what = ", ".join([error_type or "failed", *datasets])
        alerts.insert(0, failed_run(dag_id, airflow_run_id, task, what, message))
    return alerts


def failed_run(dag_id: str, airflow_run_id: str, task: str | None, what: str, message: str | None) -> Alert:
    """Return the alert of a run that failed; another task, or another `what`, makes it another alert."""
    where = f" in {task}" if task else ""
    summary = f"failed{where}: {one_line(message or 'no task said why')}"
    return Alert(Kind.RUN_FAILED, dag_id, f"{task or 'run'}: {what}", summary, airflow_run_id)


def of_lost_runs(connection: Connection) -> list[Alert]:
    """Return the runs that were found killed and that nobody was told of."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select run.dag_id, run.airflow_run_id, run.error_message
            from ops.pipeline_runs as run
            where
                run.status = 'lost'
                and run.finished_at > clock_timestamp() - %s
                and not exists (
                    select from ops.alerts as told
                    where told.kind = %s and told.dag_id = run.dag_id and told.subject = run.airflow_run_id
                )
            order by run.run_id
            """,
            (LOST_WITHIN, Kind.RUN_LOST.value),
        )
        return [
            Alert(Kind.RUN_LOST, dag_id, run, f"lost: {message or 'it went silent'}; the next run heals it", run)
            for dag_id, run, message in cursor.fetchall()
        ]


def _stale(connection: Connection, run_id: int, dag_id: str, airflow_run_id: str) -> Iterator[Alert]:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select distinct on (subject) subject, details ->> 'finding'
            from ops.quality_results
            where run_id = %s and suite = 'freshness' and not success and severity = 'critical'
            order by subject, judged_at desc
            """,
            (run_id,),
        )
        for table, finding in cursor.fetchall():
            yield Alert(Kind.SOURCE_STALE, dag_id, table, finding, airflow_run_id)


def _drift(connection: Connection, run_id: int, dag_id: str, airflow_run_id: str) -> Iterator[Alert]:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select dataset, array_agg(column_name order by column_name) from ops.schema_drift"
            " where run_id = %s group by dataset order by dataset",
            (run_id,),
        )
        for dataset, columns in cursor.fetchall():
            named = ", ".join(columns)
            summary = f"{dataset} has new columns, kept in the payload and not yet in the marts: {named}"
            yield Alert(Kind.DRIFT_FOUND, dag_id, f"{dataset}: {named}", summary, airflow_run_id)


def _incidents(connection: Connection, run_id: int, dag_id: str, airflow_run_id: str) -> Iterator[Alert]:
    """Yield the incidents that were never told: the same rows are judged again with every run of their day."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select distinct on (subject) subject, summary
            from (
                select
                    check_made.name || ': ' || incident as subject,
                    concat(check_made.details ->> 'description', ', but ', incident) as summary
                from ops.quality_results as check_made
                cross join jsonb_array_elements_text(check_made.details -> 'incidents') as incident
                where check_made.run_id = %s and not check_made.success
            ) as found
            where not exists (
                select from ops.alerts as told
                where told.kind = %s and told.dag_id = %s and told.subject = found.subject
            )
            order by subject
            """,
            (run_id, Kind.INCIDENT_FOUND.value, dag_id),
        )
        for subject, summary in cursor.fetchall():
            yield Alert(Kind.INCIDENT_FOUND, dag_id, subject, summary, airflow_run_id)
