"""Every DAG loads quickly, keeps the house's rules, and promises the tables that dbt builds."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parent.parent.parent
DAG_FILES = sorted((REPOSITORY / "dags").glob("*.py"))
HEAVY = ("dbt", "great_expectations", "pandas", "polars", "torch", "duckdb", "streamlit")

LOAD = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
bag = DagBag(sys.argv[1])
heavy = sorted({name.split(".")[0] for name in set(sys.modules) - before} & set(sys.argv[2].split(",")))
dags = {
    dag.dag_id: {
        "file": dag.fileloc,
        "doc": dag.doc_md,
        "catchup": dag.catchup,
        "schedule": type(dag.timetable).__name__,
        "tasks": {
            task.task_id: {
                "time_limit_s": task.execution_timeout and task.execution_timeout.total_seconds(),
                "retries": task.retries,
                "has_policy": task.retry_policy is not None,
                "pool": task.pool,
                "trigger_rule": task.trigger_rule.value,
                "downstream": sorted(task.downstream_task_ids),
                "outlets": [asset.name for asset in task.outlets],
            }
            for task in dag.tasks
        },
    }
    for dag in bag.dags.values()
}
print("RESULT " + json.dumps({"errors": bag.import_errors, "heavy": heavy, "dags": dags}, default=str))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """What Airflow makes of the folder, in a process and a home of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(REPOSITORY / "dags"), ",".join(HEAVY)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    result = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert result, done.stderr
    return json.loads(result[0].removeprefix("RESULT "))


def test_every_dag_loads(loaded):
    assert loaded["errors"] == {}
    assert len(loaded["dags"]) == len(DAG_FILES)


def test_each_file_holds_the_dag_it_is_named_after_and_a_runbook(loaded):
    assert {Path(dag["file"]).stem: dag_id for dag_id, dag in loaded["dags"].items()} == {
        path.stem: path.stem for path in DAG_FILES
    }
    assert all("**When it fails.**" in dag["doc"] for dag in loaded["dags"].values())


def test_no_heavy_library_is_imported_to_read_the_files(loaded):
    assert loaded["heavy"] == []


def test_schedules_have_real_intervals_and_do_not_catch_up(loaded):
    assert {dag["schedule"] for dag in loaded["dags"].values()} <= {
        "CronDataIntervalTimetable",
        "AssetTriggeredTimetable",
        "AssetOrTimeSchedule",
    }
    assert not any(dag["catchup"] for dag in loaded["dags"].values())


def test_every_task_has_a_time_limit_and_a_retry_policy(loaded):
    for dag in loaded["dags"].values():
        for name, task in dag["tasks"].items():
            assert task["time_limit_s"], name
            assert task["has_policy"], name


def test_the_main_job_has_its_five_steps_in_order_and_builds_one_at_a_time(loaded):
    tasks = loaded["dags"]["neso_generation_mix"]["tasks"]
    order = ["extract_and_load", "check_raw", "build_models", "check_marts", "publish"]
    assert sorted(tasks) == sorted(order)
    for step, following in pairwise(order):
        assert following in tasks[step]["downstream"]
    assert tasks["build_models"]["pool"] == "builds"


@pytest.mark.parametrize(
    ("dag_id", "task", "folder"),
    [
        ("neso_generation_mix", "publish", "generation"),
        ("elexon_live", "elexon_generation.publish", "elexon/generation"),
        ("elexon_live", "elexon_demand.publish", "elexon/demand"),
        ("elexon_live", "elexon_market.publish", "elexon/market"),
        ("elexon_live", "grid_now.publish", "elexon/grid_now"),
        ("elexon_daily", "elexon_units.publish", "elexon/units"),
        ("source_reconciliation", "publish", "elexon/reconciliation"),
    ],
)
def test_the_assets_are_the_marts_that_dbt_builds(loaded, dag_id, task, folder):
    outlets = loaded["dags"][dag_id]["tasks"][task]["outlets"]
    # What follows two underscores is a part of the table before them.
    marts = [
        f"analytics.{model['name'].split('__')[0]}"
        for path in (REPOSITORY / "dbt_project/models/marts" / folder).rglob("*.yml")
        for model in yaml.safe_load(path.read_text())["models"]
    ]
    assert sorted(outlets) == sorted(marts)


def test_releases_of_models_go_on_whatever_became_of_the_loads_and_a_run_is_judged_by_all(loaded):
    """`grid_now` comes after what it reads; the last task fails with any of those before it."""
    tasks = loaded["dags"]["elexon_live"]["tasks"]
    models = ("elexon_generation", "elexon_demand", "elexon_market")
    assert {f"{name}.check_raw" for name in models} < set(tasks["elexon_live.publish"]["downstream"])
    assert all("grid_now.check_raw" in tasks[f"{name}.publish"]["downstream"] for name in models)
    assert {tasks[f"{name}.check_raw"]["trigger_rule"] for name in (*models, "grid_now")} == {"all_done"}
    published = [name for name in tasks if name.endswith(".publish")]
    assert all("end" in tasks[name]["downstream"] for name in published)
    assert tasks["end"]["trigger_rule"] == "none_failed"
