"""What is asked of Airflow's API server."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from include.home import Home
from include.local import airflow
from include.local.airflow_api import AirflowApi
from include.settings import Settings

TASKS = 250


@pytest.fixture
def api(tmp_path: Any, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> AirflowApi:
    monkeypatch.setattr(airflow, "api_url", lambda *_: httpserver.url_for("").rstrip("/"))
    settings = Settings.model_validate({"home": tmp_path / "home"})
    return AirflowApi(settings, Home.of(settings))


def _page(request: Request) -> Response:
    """Answer as Airflow does: never more than 100 at once, whatever is asked for."""
    first, limit = int(request.args["offset"]), min(int(request.args["limit"]), 100)
    of_each = {"task_id": "load", "state": "success", "try_number": 1, "duration": 0.5}
    page = [{**of_each, "map_index": index} for index in range(TASKS)[first : first + limit]]
    return Response(json.dumps({"task_instances": page, "total_entries": TASKS}), content_type="application/json")


def test_every_task_of_a_run_is_seen_however_many_there_are(api: AirflowApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/v2/dags/errand/dagRuns/manual__1/taskInstances").respond_with_handler(_page)
    states = api.task_states("errand", "manual__1")
    assert [state.name for state in states] == [f"load[{index}]" for index in range(TASKS)]


def test_a_run_without_tasks_has_none(api: AirflowApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/v2/dags/errand/dagRuns/manual__1/taskInstances").respond_with_json(
        {"task_instances": [], "total_entries": 0}
    )
    assert api.task_states("errand", "manual__1") == []
