"""Elexon's heavy datasets, once a day: notifications, limits and offers of every unit, forecasts, metered output.

**What it does.** At 05:20 UTC it loads the last two settlement days and today of PN, QPN, MELS, MILS, BOD, BOALF, the
forecasts by boundary and the availabilities; of metered output (B1610, TUDM) the days of which a settlement run was
due: II, SF, R1, R2, R3 and RF, until 14 months later. Each dataset and day has a task of its own. The pending rows are
judged, dataset by dataset, and published as views, `analytics.elexon_<code>`.

**By hand.** Give `start` and `end` for a span, of at most some 60 days: a run has 1,000 tasks at most. A backfill of
Airflow's takes a day a run. For years use `gridloom elexon backfill`.

**When it fails.** The cause stands in one line in the log of the failed task, in `ops.pipeline_runs`, in `ops.loads`.

| task | likely cause | what to do |
|---|---|---|
| `due` | Elexon does not answer | nothing: the next run asks for the same days again |
| `extract_and_load` | an answer was cut short, or smaller than what is held | clear the task, or run the day again |
| `extract_and_load` | over 1 % of the rows rejected: a field has changed | `gridloom elexon datasets --drift` |
| `elexon_daily.check_raw` | rows that are not what the loads say | `select * from ops.newest_checks` |
| `elexon_daily.publish` | a dataset failed; the others are published | see `ops.loads` |
| `elexon_units.build_models` | dbt failed | read the log of the task, mend the model, clear the task |
| `elexon_units.check_marts` | what no unit can do | look at the rows named; `force_publish` if right |
| `end` | one of the others | the one that is named |
"""

from airflow.sdk import dag

from include.orchestration.params import window_params
from include.orchestration.steps import on_schedule, wire_raw

UNITS = ["balancing_units", "daily_unit_notifications", "half_hourly_balancing_actions"]


@dag(
    **on_schedule("20 5 * * *", since=2016, late_after_minutes=90),
    params=window_params(first_year=2016, because="two days, and the days that were settled again"),
    tags=["elexon", "daily"],
    doc_md=__doc__,
)
def elexon_daily() -> None:
    """Bring in the last days, and publish them; then what is made of them."""
    wire_raw("elexon_daily", then=[{"elexon_units": UNITS}])


elexon_daily()
