"""Generation of Great Britain from two sources side by side: NESO's mix, and Elexon's outturn by fuel.

**What it does.** Runs once both NESO's mix and Elexon's half-hours have been published anew, reads what is published of
both, and sets them against each other by half-hour and fuel: what is embedded, pumped or exported has a name, and the
rest is a signed residual. It loads nothing.

**By hand.** Trigger it; `force_publish` publishes past a failed check.

**When it fails.** The cause stands in one line in the log of the failed task and in `ops.pipeline_runs`.

| task | likely cause | what to do |
|---|---|---|
| `build_models` | dbt failed | read the log of the task, mend the model, clear the task |

A run in which one of the two was never published does nothing: run the DAG of that source, then this one.
"""

from airflow.sdk import dag

from include.orchestration.params import force_publish
from include.orchestration.steps import Loads, asset_of, on_assets, wire


@dag(
    **on_assets(asset_of("half_hourly_generation") & asset_of("half_hourly_fuel_generation")),
    params=force_publish(),
    tags=["elexon", "neso", "reconciliation"],
    doc_md=__doc__,
)
def source_reconciliation() -> None:
    """Publish one table."""
    wire({"source_reconciliation": ["source_reconciliation"]}, loads=Loads.NOTHING)


source_reconciliation()
