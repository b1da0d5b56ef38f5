"""Forecasts of demand, wind, solar, gas and carbon intensity for 96 half-hours, with quantiles 10, 50 and 90.

**What it does.** Runs whenever Elexon's outturn, NESO's mix or the carbon intensity has been published anew, and when
a signed webhook asks for it (docs/webhook.md). Its origin is the instant of the run: every model is given what was
known then, and nothing else. A target of which nothing new has come is left out. What was made is never rewritten: it
is judged, published, and set beside what becomes true, day by day.

Refused, which is no failure: a target whose newest half-hour ended over 3 hours before, or of which less than 8 weeks
are known. Models that are not installed are named as absent: `make forecasts` brings them.

**By hand.** A run has its own instant as origin. Give `origin` for an earlier one: from what was known then. The same
origin again writes nothing. `force_publish` publishes past a failed check.

**When it fails.** The cause stands in one line in the log of the failed task, in `ops.pipeline_runs`, in `ops.loads`.

| task | likely cause | what to do |
|---|---|---|
| `extract_and_load` | the origin is held with other values: a model changed and kept its version | raise its version |
| `build_models` | dbt failed | read the log of the task, mend the model, clear the task |
| `check_marts` | a forecast is not whole, or looks ahead | `select * from ops.newest_checks`; mend the model |

Why something was not made: `select * from ops.forecast_refusals order by refused_at desc`.
"""

from airflow.sdk import Param, dag

from include.orchestration.params import force_publish
from include.orchestration.steps import asset_of, hook_asset, on_assets, wire

TABLES = (
    "best_model",
    "daily_forecast_scores",
    "forecast_accuracy",
    "forecast_calibration",
    "forecast_skill",
    "half_hourly_forecasts",
    "half_hourly_outturns",
)


@dag(
    **on_assets(
        asset_of("elexon_indo")
        | asset_of("elexon_fuelhh")
        | asset_of("half_hourly_generation")
        | asset_of("half_hourly_carbon_intensity")
        | hook_asset("forecasts")
    ),
    params={
        "origin": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="Origin",
            description="Instant from which is foreseen, UTC, by what was known then; as a rule that of the run",
        ),
        **force_publish(),
    },
    tags=["forecasts", "half-hourly"],
    doc_md=__doc__,
)
def forecasts() -> None:
    """Make forecasts, and publish them beside their errors."""
    wire({"forecasts": TABLES}, loads_on="forecasts")


forecasts()
