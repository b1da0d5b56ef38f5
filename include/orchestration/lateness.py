"""When a run is late, and who is told."""

from datetime import timedelta

from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback


def late_after(*, minutes: int) -> DeadlineAlert:
    """Return the alert of a run that takes so much longer than its last ten did on average."""
    return DeadlineAlert(
        name="late",
        # Counted from the run's creation. With DAGRUN_QUEUED_AT no run could be cleared:
        # https://github.com/apache/airflow/issues/70368
        reference=DeadlineReference.AVERAGE_RUNTIME(max_runs=10, min_runs=1),
        interval=timedelta(minutes=minutes),
        # Runs where tasks run; an asynchronous one would need a triggerer.
        callback=SyncCallback("include.alerts.late.tell_of_late_run", {"after_minutes": minutes}),
    )
