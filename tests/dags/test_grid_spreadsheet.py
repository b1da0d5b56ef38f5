"""The DAG of the Google Sheet, as Airflow has it: what schedules it, when it is skipped, and what is tried again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent.parent

ASK = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.module_loading import import_string
from include.orchestration.retries import PASSING
from include.serving.workbook.errors import SheetRefusedError, SheetUnavailableError

dag = DagBag(sys.argv[1]).dags["grid_spreadsheet"]
[task] = dag.tasks
try:
    task.python_callable()
    ended = None
except Exception as error:
    ended = [type(error).__name__, str(error)]
kinds = (SheetUnavailableError, SheetRefusedError)
decided = [task.retry_policy.evaluate(kind("x"), 1, 4).action.value for kind in kinds]
print("RESULT " + json.dumps({
    "ended": ended,
    "decided": decided,
    "passing": [issubclass(import_string(name), Exception) for name in PASSING],
    "asset": dag.timetable.asset_condition.name,
    "retries": [task.retries, task.retry_delay.total_seconds(), task.retry_exponential_backoff],
    "at_once": dag.max_active_runs,
}))
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Has the task run in a process of Airflow's, with or without a connection."""
    home = tmp_path_factory.mktemp("airflow")

    def asked(**connection: str) -> dict[str, Any]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        environment |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__UNIT_TEST_MODE": "True", **connection}
        done = subprocess.run(
            [sys.executable, "-c", ASK, str(REPOSITORY / "dags/grid_spreadsheet.py")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        [line] = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        return dict(json.loads(line.removeprefix("RESULT ")))

    return asked


def test_without_a_connection_it_is_skipped_and_says_what_to_do(ask):
    told = ask()
    kind, why = told["ended"]
    assert kind == "AirflowSkipException"
    assert why.startswith("there is no Airflow connection google_sheets, so no Google Sheet is written; add it")
    assert told["asset"] == "analytics.grid_now"
    assert told["at_once"] == 1


def test_a_connection_that_lacks_something_fails_and_what_may_pass_is_tried_again_ever_later(ask):
    told = ask(AIRFLOW_CONN_GOOGLE_SHEETS='{"conn_type": "generic", "extra": {"spreadsheet_id": "x"}}')
    assert told["ended"] == [
        "SheetRefusedError",
        "the connection's extra needs keyfile_dict and spreadsheet_id: docs/spreadsheet.md",
    ]
    assert told["decided"] == ["retry", "fail"]
    assert told["retries"] == [4, 30, 2]
    assert all(told["passing"])
