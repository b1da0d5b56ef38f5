"""Elexon's light and live datasets, every half-hour: 65 of the balancing mechanism's reports, and the system prices.

**What it does.** At minutes 5 and 35 it asks once when each dataset was last updated, and loads those that have moved
since: yesterday and today; in the run after 06:00 UTC the last seven days, and the days that were settled again. Each
answer is checked against what was asked. The pending rows are judged, dataset by dataset, and published as views,
`analytics.elexon_<code>`. A dataset that fails stops no other; the run then ends failed and names it.

Then come the tables that are made of them: generation, demand and prices beside each other, and `grid_now` after them.
Each is built, checked and published by itself. Incidents (gaps, failovers, flows above capacity …) warn, and are told
once: `select * from analytics.daily_generation_incidents order by settlement_date desc`.

**By hand.** A run asks for the last seven days. Give `start` and `end` for a span, `look_back_days` for a deeper look
back, and `force_publish` to publish past a failed check. For years use `gridloom elexon backfill`.

**When it fails.** The cause stands in one line in the log of the failed task, in `ops.pipeline_runs`, in `ops.loads`.

| task | likely cause | what to do |
|---|---|---|
| `due` | Elexon does not answer | nothing: the next run asks for the same days again |
| `extract_and_load` | an answer was cut short, or of another window | nothing: the next run asks again |
| `extract_and_load` | over 1 % of the rows rejected: a field has changed | `gridloom elexon datasets --drift` |
| `elexon_live.check_raw` | rows that are not what the loads say | `select * from ops.newest_checks` |
| `elexon_live.publish` | a dataset failed; the others are published | see `ops.loads` |
| `….build_models` | dbt failed | read the log of the task, mend the model, clear the task |
| `….check_marts` | what no grid can do, as another unit | look at the rows named; `force_publish` if right |
| `end` | one of the others | the one that is named |
"""

from airflow.sdk import dag

from include.orchestration.params import window_params
from include.orchestration.steps import on_schedule, wire_raw

GENERATION = [
    *("five_minute_generation", "half_hourly_fuel_generation", "half_hourly_interconnector_flows"),
    *("half_hourly_generation_quality", "daily_generation_incidents", "daily_coverage"),
]
DEMAND = [
    *("half_hourly_demand", "minute_frequency", "half_hourly_demand_forecasts", "half_hourly_wind_forecasts"),
    "half_hourly_generation_by_type",
]


@dag(
    **on_schedule("5,35 * * * *", since=2016, late_after_minutes=20),
    params=window_params(first_year=2016, because="a day by schedule, seven days by hand"),
    tags=["elexon", "half-hourly"],
    doc_md=__doc__,
)
def elexon_live() -> None:
    """Bring in what has moved, and publish it; then what is made of it."""
    models = {"elexon_generation": GENERATION, "elexon_demand": DEMAND, "elexon_market": ["half_hourly_prices"]}
    wire_raw("elexon_live", then=[models, {"grid_now": ["grid_now"]}])


elexon_live()
