"""Half-hourly readings of smart meters, from files to consumption by half-hour, tariff and region, every ten minutes.

**What it does.** Lists the folder or bucket GRIDLOOM_SMART_METER_READINGS and loads the files that `ops.loads` does not
know as they are: new ones, late ones, corrected ones. Each changed reading is kept as a version. Days with new readings
are built, judged and published in one transaction. Where nothing is new, the run ends as skipped. It also runs when an
event of the asset `smart_meter_readings.arrived` is posted, as an object store's notification can:
`POST /api/v2/assets/events`. A first run reads the reference, too, where GRIDLOOM_SMART_METER_REFERENCE is set.

**By hand.** `reference_date` has the active agreements of a day published, whether or not it has readings;
`force_publish` publishes past a failed check.

**When it fails.** The cause stands in one line in the log of the failed task, in `ops.pipeline_runs`, in `ops.loads`.

| task | likely cause | what to do |
|---|---|---|
| `extract_and_load` | the folder or bucket cannot be read | see its address and credentials; the next run tries again |
| `extract_and_load` | pseudonyms were made with another key | set it again, or `gridloom smart-meters rotate-key` |
| `check_raw`, `check_marts` | a critical check failed: two agreements at once | `select * from ops.newest_checks` |
| `publish` | a file was refused: cut, empty, of another meter | the rest was published; see *Meters* on the dashboard |
"""

from airflow.sdk import Asset, Param, dag

from include.orchestration.params import force_publish
from include.orchestration.steps import Loads, on_schedule_or_event, wire
from include.sources.smart_meter.tables import TABLES

ARRIVED = Asset(name="smart_meter_readings.arrived", uri="x-gridloom://smart_meter_readings/arrived")


@dag(
    **on_schedule_or_event("*/10 * * * *", ARRIVED, since=2021, late_after_minutes=60),
    params={
        "reference_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Reference date",
            description="A day whose active agreements are published, readings or not",
        ),
        **force_publish(),
    },
    tags=["smart_meter"],
    doc_md=__doc__,
)
def smart_meter_readings() -> None:
    """Bring in files, and publish what is made of them."""
    wire({"smart_meter": TABLES}, loads=Loads.IN_TURN)


smart_meter_readings()
