"""Params as they are typed, and what is shown of a run."""

import pytest

from include.commands.follow import Outcome, View
from include.commands.run import read_params
from include.commands.summary import cause_of
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


def task(task_id: str, state: str, attempt: int = 1, map_index: int = -1) -> TaskState:
    return TaskState(task_id, state, attempt, duration_s=1.0, map_index=map_index)


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


def failed_run() -> Outcome:
    """Of three pieces of a mapped task two failed."""
    view = View(["load", "publish"], is_verbose=False)
    pieces = [task("load", state, map_index=index) for index, state in enumerate(("success", "failed", "failed"))]
    view.note([task("publish", "upstream_failed"), *pieces])
    for index, text in ((1, "ValueError: the bridge is out"), (2, "ValueError: the ferry is full")):
        view.hear(Line(f"load[{index}]", "error", "task", text))
    return view.outcome(succeeded=False)


def test_a_failed_run_is_told_by_its_first_failed_task_and_what_that_one_said() -> None:
    failed, cause = cause_of(failed_run(), {})
    assert failed is not None
    assert (failed.name, cause) == ("load[1]", "ValueError: the bridge is out")


def test_a_failed_run_is_told_by_the_task_that_its_record_names() -> None:
    failed, cause = cause_of(failed_run(), {"failed_task": "load[2]", "error_message": "FerryError: it is full"})
    assert failed is not None
    assert (failed.name, cause) == ("load[2]", "FerryError: it is full")


def test_the_cause_of_one_task_is_never_told_of_another() -> None:
    failed, cause = cause_of(failed_run(), {"failed_task": "publish", "error_message": "OperationalError: away"})
    assert failed is not None
    assert (failed.name, cause) == ("load[1]", "ValueError: the bridge is out")


def test_a_run_that_failed_outside_its_tasks_is_told_by_its_record() -> None:
    outside = Outcome(succeeded=False)
    assert cause_of(outside, {"error_message": "failed outside its tasks"}) == (None, "failed outside its tasks")
    assert cause_of(outside, {})[1] == "no task said why; see the scheduler's log"


def test_the_mapped_pieces_of_a_task_keep_their_words_apart() -> None:
    view = View(["load"], is_verbose=False)
    view.note([task("load", "running", map_index=index) for index in (0, 1)])
    view.hear(Line("load[0]", "info", "include.x", "page 1"))
    view.hear(Line("load[1]", "info", "include.x", "page 2"))
    assert view.last_words == {"load[0]": "page 1", "load[1]": "page 2"}
