"""The same models through Cosmos, in the same Airflow: LOCAL, a task each, and WATCHER, one build that sensors follow.

As quick as its documentation has it: a manifest made ahead, dbt in process, tests within their model's task, and
WATCHER's sensors look every second and take no triggerer.
"""

import os
from pathlib import Path
from typing import Any

import pendulum
from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

PROJECT = Path(os.environ["GRIDLOOM_BENCH_PROJECT"])
MANIFEST = Path(os.environ["GRIDLOOM_BENCH_MANIFEST"])


def models(dag_id: str, mode: ExecutionMode, tests: TestBehavior, **operator_args: Any) -> DbtDag:
    """Return a DAG of the project's models."""
    return DbtDag(
        dag_id=dag_id,
        schedule=None,
        start_date=pendulum.datetime(2009, 1, 1, tz="UTC"),
        project_config=ProjectConfig(PROJECT, manifest_path=MANIFEST, install_dbt_deps=False),
        profile_config=ProfileConfig(
            profile_name="gridloom", target_name="warehouse", profiles_yml_filepath=PROJECT / "profiles.yml"
        ),
        execution_config=ExecutionConfig(execution_mode=mode, invocation_mode=InvocationMode.DBT_RUNNER),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            select=["tag:neso_generation_mix"],
            exclude=["resource_type:unit_test"],
            test_behavior=tests,
        ),
        operator_args=operator_args,
    )


cosmos_local = models("cosmos_local", ExecutionMode.LOCAL, TestBehavior.BUILD)
# Its one build does not make the tests unless they are tasks as well.
cosmos_watcher = models(
    "cosmos_watcher", ExecutionMode.WATCHER, TestBehavior.AFTER_EACH, deferrable=False, poke_interval=1
)
