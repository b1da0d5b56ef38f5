"""Carbon intensity of Great Britain and its regions, every forecast included, from the Carbon Intensity API.

**What it does.** At minutes 15 and 45 it asks for the last 26 hours, from the start of a settlement day, and for the
48 hours ahead; at 06:15 UTC for the last 7 days and the factors, too. Each changed forecast or actual is kept as a
version. It builds the marts of what is pending, judges them, and publishes in one transaction. A dataset that cannot be
loaded stops no other; the run then ends failed and names it.

**By hand.** A run asks for the last 7 days and the factors. Give `start` and `end` for a span, `full_history` for all
since 2018 (some 700 requests, a quarter of an hour), `look_back_days` for a deeper look back, and `force_publish` to
publish past a failed check. A run that broke off goes on where it was when it is cleared.

**When it fails.** The cause stands in one line in the log of the failed task, in `ops.pipeline_runs`, in `ops.loads`.

| task | likely cause | what to do |
|---|---|---|
| `extract_and_load` | the API does not answer, or has no data | nothing: the next run asks for the same days again |
| `extract_and_load` | over 5 % of the rows rejected | `select * from ops.rejected_rows order by 1 desc` |
| `check_raw`, `check_marts` | a critical check failed: a share, or a region gone | `select * from ops.newest_checks` |
| `publish` | a dataset failed, or is stale: nothing measured for 12 h | what came was published; see `ops.loads` |
"""

from airflow.sdk import dag

from include.orchestration.params import window_params
from include.orchestration.steps import Loads, on_schedule, wire

TABLES = (
    "carbon_factors",
    "carbon_intensity_vintages",
    "daily_coverage",
    "half_hourly_carbon_intensity",
    "half_hourly_regional_carbon_intensity",
    "half_hourly_supply_mix",
    "regional_carbon_intensity_vintages",
)


@dag(
    **on_schedule("15,45 * * * *", since=2018, late_after_minutes=20),
    params=window_params(first_year=2018, because="26 hours by schedule, 7 days by hand"),
    tags=["carbon_intensity", "half-hourly"],
    doc_md=__doc__,
)
def carbon_intensity() -> None:
    """Bring in four datasets, and publish them."""
    wire({"carbon_intensity": TABLES}, loads=Loads.IN_TURN)


carbon_intensity()
