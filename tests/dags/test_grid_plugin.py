"""The plugin of the page "Grid", in a process of its own: what it answers without a warehouse, and whom it links."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent.parent

ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from airflow.models.taskinstancekey import TaskInstanceKey
from fastapi.testclient import TestClient
import grid_page

stranger = TestClient(grid_page.app, raise_server_exceptions=False)
refused = stranger.get("/runs/neso_generation_mix/x").status_code
# The page's own login is Airflow's; here is nobody to ask for it.
login = grid_page.app.router.dependencies[0]
grid_page.app.dependency_overrides[login.dependency] = lambda: None
reader = TestClient(grid_page.app, raise_server_exceptions=False)
paths = ("/", "/runs/neso_generation_mix/x", *json.loads(sys.argv[2]))
answers = {path: (reader.get(path).status_code, reader.get(path).text) for path in paths}
[link] = grid_page.GridPage.global_operator_extra_links
tasks = ("extract_and_load", "check_raw", "build_models", "check_marts", "publish")
keys = {task: TaskInstanceKey("neso_generation_mix", task, "manual__1+00:00", 1) for task in tasks}
links = {task: link.get_link(None, ti_key=key) for task, key in keys.items()}
print("RESULT " + json.dumps({"refused": refused, "answers": answers, "links": links}))
"""


# No file and no run can be called so.
NO_NAMES = [
    *("/data-docs/..%00/x.json", "/dbt-docs/%00.html", "/runs/%00/x", "/runs/neso_generation_mix/x%00", "/%00/x.html"),
    *(
        "/dbt-docs/%ff.html",
        "/dbt-docs/%ed%a0%80.html",
        f"/dbt-docs/{'x' * 300}.html",
        f"/data-docs/{'x/' * 3_000}.html",
    ),
    "/elsewhere/x.html",
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("home")
    for folder in ("data_docs", "dbt/gridloom/target"):
        (home / folder).mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__API__BASE_URL": "https://airflow.example.org/team",
        "AIRFLOW_CONN_WAREHOUSE_SCREENS": "postgresql://gridloom_screens:x@127.0.0.1:1/gridloom",
        "GRIDLOOM_HOME": str(home),
        "PYTHONPATH": str(REPOSITORY),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(REPOSITORY / "plugins"), json.dumps(NO_NAMES)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    return dict(json.loads(line.removeprefix("RESULT ")))


@pytest.mark.parametrize("path", ["/", "/runs/neso_generation_mix/x"])
def test_a_warehouse_that_is_away_is_told_in_a_sentence(asked: dict[str, Any], path: str) -> None:
    status, text = asked["answers"][path]
    assert status == 503
    assert "The warehouse cannot be reached." in text
    assert "<h1>Grid</h1>" in text


@pytest.mark.parametrize("path", NO_NAMES, ids=lambda path: path[:40])
def test_an_address_that_names_nothing_is_not_found(asked: dict[str, Any], path: str) -> None:
    assert asked["answers"][path][0] == 404


def test_whoever_does_not_log_in_is_not_even_told_that(asked: dict[str, Any]) -> None:
    assert asked["refused"] == 401


def test_only_tasks_that_build_or_check_link_to_their_results(asked: dict[str, Any]) -> None:
    linked = {task for task, url in asked["links"].items() if url}
    assert linked == {"check_raw", "build_models", "check_marts"}
    address = "https://airflow.example.org/team/grid/runs/neso_generation_mix/manual__1%2B00%3A00"
    assert asked["links"]["check_raw"] == address
