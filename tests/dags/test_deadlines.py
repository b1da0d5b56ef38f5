"""A run that is late is told of: every DAG on a schedule has a deadline, and what it calls can be called."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent

LOAD = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print("RESULT " + json.dumps({
    dag.dag_id: {
        "timeout_s": dag.dagrun_timeout.total_seconds(),
        "deadlines": [
            {
                "reference": type(each.reference).__name__,
                "after_s": each.interval.total_seconds(),
                "callback": type(each.callback).__name__,
                "path": each.callback.path,
                "kwargs": each.callback.kwargs,
            }
            for each in dag.deadline or []
        ],
    }
    for dag in bag.dags.values() if type(dag.timetable).__name__ == "CronDataIntervalTimetable"
}))
"""


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    command = [sys.executable, "-c", LOAD, str(REPOSITORY / "dags")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    [result] = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")] or [done.stderr]
    return json.loads(result.removeprefix("RESULT "))


def test_every_dag_on_a_schedule_has_a_deadline_before_it_is_ended(scheduled):
    assert scheduled
    for dag_id, dag in scheduled.items():
        [deadline] = dag["deadlines"]
        assert deadline["reference"] == "AverageRuntimeDeadline", dag_id
        assert deadline["after_s"] < dag["timeout_s"]


def test_a_deadline_needs_no_triggerer_and_says_the_minutes_it_is_set_to(scheduled):
    for dag in scheduled.values():
        [deadline] = dag["deadlines"]
        assert deadline["callback"] == "SyncCallback"
        assert deadline["kwargs"] == {"after_minutes": deadline["after_s"] / 60}
        module, name = deadline["path"].rsplit(".", maxsplit=1)
        assert callable(getattr(importlib.import_module(module), name))
