"""What Airflow calls when a run has not ended by its deadline. It runs where tasks run."""

from typing import Any


def tell_of_late_run(context: dict[str, Any], after_minutes: int) -> None:
    """Tell that a run takes longer than it should; it goes on all the same. Raises psycopg2.Error."""
    # Imported when needed: the DAG file names this function and must be read quickly.
    import os  # noqa: PLC0415

    from include.alerts import tell  # noqa: PLC0415
    from include.alerts.alert import Alert, Kind  # noqa: PLC0415
    from include.alerts.courier import URL_VARIABLE  # noqa: PLC0415
    from include.settings import Settings  # noqa: PLC0415
    from include.warehouse import session  # noqa: PLC0415

    run = context["dag_run"]
    # The deadline of a run that failed stands; and a backfill queues all its runs at once, to wait for each other.
    if run["state"] in ("success", "failed") or run["run_type"] == "backfill":
        return
    summary = f"late: {after_minutes:g} minutes over its usual time; it was queued at {run['queued_at']}"
    alert = Alert(Kind.RUN_LATE, run["dag_id"], "deadline", summary, run["dag_run_id"])
    with session(os.environ[URL_VARIABLE], application="gridloom alerts") as loader:
        # Airflow counts this as at work for as long as a courier of it holds the log: one attempt, and the next at
        # the run's end.
        tell.tell(loader, Settings(), [alert], is_patient=False)
