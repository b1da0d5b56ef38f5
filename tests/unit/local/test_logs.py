"""Logs are read on from where the last reading ended."""

import json
from pathlib import Path

from include.home import Home
from include.local.logs import Attempt, Line, RunLogs, last_line, task_log


def test_each_line_is_told_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    home = Home(tmp_path)
    log = task_log(home, "errand", "manual__1", Attempt("go", 1))
    log.parent.mkdir(parents=True)
    first = json.dumps({"event": "on my way", "level": "info", "logger": "include.errand"})
    log.write_text(f"{first}\nnot JSON\n" + '{"event": "do')
    logs = RunLogs(home, "errand", "manual__1")

    assert list(logs.new_lines(Attempt("go", 1))) == [
        Line("go", "info", "include.errand", "on my way"),
        Line("go", "", "", "not JSON"),
    ]
    assert list(logs.new_lines(Attempt("go", 1))) == []

    with log.open("a") as file:
        file.write('ne", "level": "info", "logger": "x"}\n')
    assert [line.text for line in logs.new_lines(Attempt("go", 1))] == ["done"]


def test_each_of_a_mapped_tasks_has_a_log_of_its_own(tmp_path: Path) -> None:
    """Where Airflow writes it is what its own setting `[logging] log_filename_template` says."""
    home = Home(tmp_path)
    attempts = [Attempt("group.load", 2, index) for index in (0, 1)]
    for attempt in attempts:
        log = task_log(home, "errand", "manual__1", attempt)
        log.parent.mkdir(parents=True)
        log.write_text(f"of {attempt.map_index}\n")
    assert str(log).endswith("run_id=manual__1/task_id=group.load/map_index=1/attempt=2.log")
    logs = RunLogs(home, "errand", "manual__1")
    assert [list(logs.new_lines(attempt)) for attempt in attempts] == [
        [Line("group.load[0]", "", "", "of 0")],
        [Line("group.load[1]", "", "", "of 1")],
    ]


def test_a_task_that_has_said_nothing_yet_has_no_lines(tmp_path: Path) -> None:
    assert list(RunLogs(Home(tmp_path), "errand", "manual__1").new_lines(Attempt("go", 1))) == []


def test_the_last_line_is_that_of_this_run_of_the_program(tmp_path: Path) -> None:
    log = tmp_path / "program.log"
    log.write_text("of before\n")

    assert last_line(log, since=log.stat().st_size) == "it said nothing"
    assert last_line(log) == "of before"
