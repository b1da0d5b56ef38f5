"""Great Britain's generation mix, from NESO's data portal to audited tables in `analytics`, every hour.

**What it does.** Asks NESO for the last 100 days (NESO rewrites some 96 days back in every run), keeps each changed
row as a version in `raw.neso_generation_mix`, builds the marts of what is pending with dbt, judges them with Great
Expectations, and publishes in one transaction. A run that fails before `publish` leaves `analytics` as it was.

**By hand.** Trigger it with `start` and `end` for a span of its own, `full_history` for everything since 2009 (a
quarter of an hour at the pace NESO asks for), `look_back_days` for a deeper look back, and `force_publish` to
publish past a failed check, on record in `ops.publications`. Airflow's backfill fetches each run's own hour.

**When it fails.** The cause stands in one line in the log of the failed task and in `ops.pipeline_runs`.

| task | likely cause | what to do |
|---|---|---|
| `extract_and_load` | NESO does not answer, or asks to wait | nothing: the next run asks for the same days again |
| `extract_and_load` | a column is missing or changed | see what NESO sends now; adapt `include/sources/neso` |
| `extract_and_load` | over 1 % of the rows rejected | `select * from ops.rejected_rows order by 1 desc` |
| `check_raw`, `check_marts` | a critical check failed | `select * from ops.quality_results where not success` |
| `build_models` | dbt failed | `select * from ops.dbt_results order by finished_at desc` |
| `publish` | the source is stale: nothing new for 36 h | rows were published; see NESO's own notices |

**Who is told.** A run that failed, was lost or is late (45 minutes over its usual time), a stale source and new columns
are alerts, by mail or webhook where that is set up; see `docs/operations.md`.

A later run picks up whatever an earlier one loaded and did not publish.
"""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import (
    Asset,
    Connection,
    CronDataIntervalTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    SyncCallback,
    dag,
    task,
)
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

TABLES = (
    "daily_coverage",
    "daily_generation_mix",
    "generation_revisions",
    "half_hourly_carbon_balance",
    "half_hourly_generation",
    "half_hourly_generation_mix",
    "half_hourly_generation_versions",
    "monthly_generation_mix",
    "yearly_generation_mix",
)
ASSETS = {table: Asset(name=f"analytics.{table}", uri=f"x-gridloom://analytics/{table}") for table in TABLES}

PARAMS = {
    "start": Param(None, type=["null", "string"], format="date-time", title="Start", description="First instant, UTC"),
    "end": Param(None, type=["null", "string"], format="date-time", title="End", description="Instant after the last"),
    "full_history": Param(False, type="boolean", title="Full history", description="Everything since 2009"),
    "look_back_days": Param(
        100,
        type="integer",
        minimum=1,
        maximum=10_000,
        title="Look-back (days)",
        description="Days asked for again where neither start nor full history is given; NESO rewrites some 96",
    ),
    "force_publish": Param(
        False,
        type="boolean",
        title="Publish past failed checks",
        description="Publish what fails its checks all the same, on record in ops.publications",
    ),
}

# What may pass by itself is tried again; all else is for somebody to look at.
PATIENT = ExceptionRetryPolicy(
    rules=[
        RetryRule("include.ingestion.errors.PassingError", RetryAction.RETRY, reason="may pass by itself"),
        RetryRule("psycopg2.OperationalError", RetryAction.RETRY, reason="the warehouse may come back"),
        RetryRule("include.quality.result.JudgementError", RetryAction.RETRY, reason="the warehouse may come back"),
    ],
    default=RetryAction.FAIL,
)

# The longest sound run, of the full history, takes a quarter of an hour; the next run is due after an hour.
LATE_AFTER_MINUTES = 45
LATE = DeadlineAlert(
    name="late",
    # Counted from the run's creation. With DAGRUN_QUEUED_AT no run could be cleared:
    # https://github.com/apache/airflow/issues/70368
    reference=DeadlineReference.AVERAGE_RUNTIME(max_runs=10, min_runs=1),
    interval=timedelta(minutes=LATE_AFTER_MINUTES),
    # Runs where tasks run; an asynchronous one would need a triggerer.
    callback=SyncCallback("include.alerts.late.tell_of_late_run", {"after_minutes": LATE_AFTER_MINUTES}),
)


def place() -> Any:
    """Where the steps work: this deployment's settings, and Airflow's connections to the warehouse."""
    from include.pipeline import Place
    from include.settings import Settings

    return Place(Settings(), lambda role: Connection.get(f"warehouse_{role}").get_uri())


def pipeline() -> Any:
    """What the steps work on; imported within the tasks, so that this file is read quickly."""
    from include.sources.neso.pipeline import PIPELINE

    return PIPELINE


@dag(
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2009, 1, 1, tz="UTC"),
    catchup=False,
    dagrun_timeout=timedelta(hours=3),
    deadline=LATE,
    params=PARAMS,
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=20),
        "retry_policy": PATIENT,
        "execution_timeout": timedelta(hours=1),
    },
    tags=["neso", "hourly"],
    doc_md=__doc__,
)
def neso_generation_mix() -> None:
    """Wire the five steps."""

    @task
    def extract_and_load(**context: Any) -> None:
        pipeline().extract_and_load(context, place())

    @task
    def check_raw(**context: Any) -> list[str]:
        return pipeline().check_raw(context, place())

    @task(pool="builds")
    def build_models(**context: Any) -> dict[str, Any] | None:
        return pipeline().build_models(context, place())

    @task
    def check_marts(build: dict[str, Any] | None, **context: Any) -> dict[str, Any]:
        return pipeline().check_marts(context, place(), build)

    @task(outlets=list(ASSETS.values()))
    def publish(build: dict[str, Any] | None, judged: dict[str, Any], **context: Any) -> None:
        published = pipeline().publish(context, place(), build, judged)
        if not published:
            raise AirflowSkipException("nothing to publish")
        for table, asset in ASSETS.items():
            context["outlet_events"][asset].extra.update(published[table])

    build = build_models()
    judged = check_marts(build)
    extract_and_load() >> check_raw() >> build
    publish(build, judged)


neso_generation_mix()
