"""Judges and publishes what a run has brought into raw: `python -m include.local.publish_raw DAG_ID RUN_ID`.

A process of its own, because Great Expectations takes as much memory as all else of a backfill. What came of it is
printed as JSON.
"""

import json
import sys

from include.deployment import Deployment
from include.home import Home
from include.quality.result import CheckFailedError, JudgementError
from include.settings import Settings
from include.sources import pipeline_of
from include.warehouse import Warehouse


def main(dag_id: str, run_id: int) -> None:
    """Print the datasets published, with their counts, and why others were not."""
    settings = Settings()
    warehouse = Warehouse.of(settings, Home.of(settings))
    deployment, release = Deployment(settings, warehouse.dsn), pipeline_of(dag_id).raw_release()
    told: dict[str, object] = {"published": {}, "failed": None}
    try:
        told["published"] = release.publish(deployment, run_id, release.judge(deployment, run_id))
    except (CheckFailedError, JudgementError) as error:
        told["failed"] = str(error)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
