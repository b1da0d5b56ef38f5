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


def models(dag_id: str, mode: ExecutionMode, tests: TestBehavior, **dag: Any) -> DbtDag:
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
            test_behavior=tests,
            # A test that looks at several models has to wait for all of them.
            should_detach_multiple_parents_tests=tests is TestBehavior.BUILD,
        ),
        **dag,
    )


LOCAL = {"max_active_tasks": PROCESSES_PER_CPU * (os.cpu_count() or 1)}
# There is a slot for every sensor, so that none has to be deferred and started a second time.
WATCHER = {"operator_args": {"deferrable": False, "poke_interval": 1}}

# As quick as they get: all tests in one task at the end, when what is wrong has been built upon.
cosmos_local = models("cosmos_local", ExecutionMode.LOCAL, TestBehavior.AFTER_ALL, **LOCAL)
cosmos_watcher = models("cosmos_watcher", ExecutionMode.WATCHER, TestBehavior.AFTER_ALL, **WATCHER)

# Nearest to `dbt build` and to a run of ours: nothing is built on a model before its own tests have passed. Tests of
# several models come after all of them, but nothing waits for these.
cosmos_local_tested = models("cosmos_local_tested", ExecutionMode.LOCAL, TestBehavior.BUILD, **LOCAL)
cosmos_watcher_tested = models("cosmos_watcher_tested", ExecutionMode.WATCHER, TestBehavior.AFTER_EACH, **WATCHER)
