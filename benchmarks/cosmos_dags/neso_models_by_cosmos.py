"""The same models through Cosmos: LOCAL, a task each, and WATCHER, one build that sensors follow.

As quick as Cosmos's documentation has it: the project was read ahead, so that there are a manifest and what dbt parses
from; dbt in process, by a profiles.yml; no `dbt deps`.
https://astronomer.github.io/astronomer-cosmos/optimize_performance/optimize_execution.html
"""

import os
from pathlib import Path
from typing import Any

import pendulum
from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

PROJECT = Path(os.environ["GRIDLOOM_BENCH_PROJECT"])
# What the documentation recommends for LOCAL with dbt in Airflow's own Python.
PROCESSES_PER_CPU = 2


def models(dag_id: str, mode: ExecutionMode, **dag: Any) -> DbtDag:
    """Return a DAG of the project's models, and of their tests but for unit tests."""
    return DbtDag(
        dag_id=dag_id,
        schedule=None,
        start_date=pendulum.datetime(2009, 1, 1, tz="UTC"),
        project_config=ProjectConfig(
            PROJECT, manifest_path=PROJECT / "target" / "manifest.json", install_dbt_deps=False
        ),
        profile_config=ProfileConfig(
            profile_name="gridloom", target_name="warehouse", profiles_yml_filepath=PROJECT / "profiles.yml"
        ),
        execution_config=ExecutionConfig(execution_mode=mode, invocation_mode=InvocationMode.DBT_RUNNER),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            select=["tag:neso_generation_mix"],
            exclude=["resource_type:unit_test"],
            # Most tests look at several models. As tasks of their own they are ten invocations of dbt more for LOCAL,
            # and for WATCHER they hold up what follows until the whole build has ended.
            test_behavior=TestBehavior.AFTER_ALL,
        ),
        **dag,
    )


cosmos_local = models(
    "cosmos_local",
    ExecutionMode.LOCAL,
    max_active_tasks=PROCESSES_PER_CPU * (os.cpu_count() or 1),
)
cosmos_watcher = models(
    "cosmos_watcher",
    ExecutionMode.WATCHER,
    # There is a slot for every sensor, so that none has to be deferred and started a second time.
    operator_args={"deferrable": False, "poke_interval": 1},
)
