"""Params as they are typed, and what is shown of a run."""

import pytest

from include.commands.follow import View
from include.commands.run import read_params
from include.local.airflow_api import TaskState
from include.local.errors import LocalError
from include.local.logs import Line


def test_a_value_is_json_where_it_can_be_read_as_such_else_text() -> None:
    pairs = ["look_back_days=7", "full_history=true", "start=2026-01-01", "end=null", 'name="7"', "empty="]

    assert read_params(pairs) == {
        "look_back_days": 7,
        "full_history": True,
        "start": "2026-01-01",
        "end": None,
        "name": "7",
        "empty": "",
    }


@pytest.mark.parametrize("pair", ["look_back_days", "=7"])
def test_a_pair_without_a_name_or_a_value_says_how_it_is_written(pair: str) -> None:
    with pytest.raises(LocalError, match="name=value"):
        read_params([pair])


def task(task_id: str, state: str, attempt: int = 1) -> TaskState:
    return TaskState(task_id, state, attempt, duration_s=1.0, map_index=-1)


def test_only_what_changed_is_told_and_in_the_order_of_the_dag() -> None:
    view = View(["go", "come_back"], is_verbose=False)
    view.note([task("come_back", "waiting"), task("go", "running")])

    assert view.note([task("come_back", "running"), task("go", "success")]) == [
        task("go", "success"),
        task("come_back", "running"),
    ]
    assert view.note([task("come_back", "running"), task("go", "success")]) == []
    assert view.note([task("come_back", "running", attempt=2), task("go", "success")]) == [
        task("come_back", "running", attempt=2)
    ]


def test_lines_of_our_own_code_and_warnings_are_worth_showing() -> None:
    view = View(["go"], is_verbose=False)

    assert view.hear(Line("go", "info", "include.ingestion.ingest", "page 1 of 3"))
    assert view.hear(Line("go", "warning", "some.library", "careful"))
    assert not view.hear(Line("go", "info", "airflow.dag_processing", "filling up the DagBag"))
    assert not view.hear(Line("go", "error", "task.stderr", "UserWarning: of a library"))


def test_a_failed_run_is_told_by_its_first_failed_task_and_last_error() -> None:
    view = View(["go", "come_back"], is_verbose=False)
    view.note([task("come_back", "upstream_failed"), task("go", "failed")])
    view.hear(Line("go", "error", "task", "ValueError: the bridge is out"))

    outcome = view.outcome(succeeded=False)

    assert outcome.failed_task == task("go", "failed")
    assert outcome.last_error == "ValueError: the bridge is out"
