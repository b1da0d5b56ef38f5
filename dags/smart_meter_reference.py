"""Agreements, tariffs and meterpoints of smart meters, from the retailer's database, every night.

**What it does.** Reads the tables of GRIDLOOM_SMART_METER_REFERENCE as of one instant, and keeps each changed row as a
version, so that what the reference said on an earlier day stays askable. Days whose agreements have changed are built
anew, judged and published. A snapshot that lost more rows than its limit is refused.

**By hand.** Trigger it; `force_publish` publishes past a failed check.

**When it fails.** The cause stands in one line in the log of the failed task, in `ops.pipeline_runs`, in `ops.loads`.

| task | likely cause | what to do |
|---|---|---|
| `extract_and_load` | the database does not answer, or a table is missing | see its address; next night asks again |
| `extract_and_load` | too many rows are gone | the database was being filled? trigger it once it is whole |
| `check_marts` | two agreements of a meter at once | `select * from ops.newest_checks`; have the database mended |
"""

from airflow.sdk import dag

from include.orchestration.params import force_publish
from include.orchestration.steps import Loads, on_schedule, wire
from include.sources.smart_meter.tables import TABLES


@dag(
    **on_schedule("0 0 * * *", since=2021),
    params=force_publish(),
    tags=["smart_meter", "daily"],
    doc_md=__doc__,
)
def smart_meter_reference() -> None:
    """Bring in a snapshot, and publish what is made of it."""
    wire({"smart_meter": TABLES}, loads=Loads.IN_TURN)


smart_meter_reference()
