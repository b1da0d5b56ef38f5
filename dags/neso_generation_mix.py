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

from airflow.sdk import dag

from include.orchestration.params import window_params
from include.orchestration.steps import on_schedule, wire

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


@dag(
    **on_schedule("0 * * * *", since=2009),
    params=window_params(first_year=2009, look_back_days=100, because="NESO rewrites some 96"),
    tags=["neso", "hourly"],
    doc_md=__doc__,
)
def neso_generation_mix() -> None:
    """Bring in one dataset, and publish it."""
    wire({"neso_generation_mix": TABLES})


neso_generation_mix()
