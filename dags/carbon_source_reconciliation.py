"""Carbon intensity from three sources side by side: NESO's, the API's, and ours from fuels and factors.

**What it does.** Runs once both NESO's mix and the API's intensity have been published anew, reads what is published of
both, and puts them side by side, half-hour by half-hour, with the differences it has names for. It loads nothing.

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
    **on_assets(asset_of("half_hourly_generation") & asset_of("half_hourly_carbon_intensity")),
    params=force_publish(),
    tags=["carbon_intensity", "reconciliation"],
    doc_md=__doc__,
)
def carbon_source_reconciliation() -> None:
    """Publish one table."""
    wire({"carbon_source_reconciliation": ["carbon_source_reconciliation"]}, loads=Loads.NOTHING)


carbon_source_reconciliation()
