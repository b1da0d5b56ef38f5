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
    if run["run_type"] == "backfill":
        # The runs of a backfill are all queued at once, and wait for each other.
        return
    summary = f"late: not done {after_minutes} minutes after it was queued, at {run['queued_at']}"
    alert = Alert(Kind.RUN_LATE, run["dag_id"], "deadline", summary, run["dag_run_id"])
    with session(os.environ[URL_VARIABLE], application="gridloom alerts") as loader:
        tell.tell(loader, Settings(), [alert])
