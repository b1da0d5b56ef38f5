"""Logs are read on from where the last reading ended."""

import json
from pathlib import Path

from include.home import Home
from include.local.logs import Line, RunLogs, last_line, task_log


def test_each_line_is_told_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    home = Home(tmp_path)
    log = task_log(home, "errand", "manual__1", "go", 1)
    log.parent.mkdir(parents=True)
    first = json.dumps({"event": "on my way", "level": "info", "logger": "include.errand"})
    log.write_text(f"{first}\nnot JSON\n" + '{"event": "do')
    logs = RunLogs(home, "errand", "manual__1")

    assert list(logs.new_lines("go", 1)) == [
        Line("go", "info", "include.errand", "on my way"),
        Line("go", "", "", "not JSON"),
    ]
    assert list(logs.new_lines("go", 1)) == []

    with log.open("a") as file:
        file.write('ne", "level": "info", "logger": "x"}\n')
    assert [line.text for line in logs.new_lines("go", 1)] == ["done"]


def test_a_task_that_has_said_nothing_yet_has_no_lines(tmp_path: Path) -> None:
    assert list(RunLogs(Home(tmp_path), "errand", "manual__1").new_lines("go", 1)) == []


def test_the_last_line_is_that_of_this_run_of_the_program(tmp_path: Path) -> None:
    log = tmp_path / "program.log"
    log.write_text("of before\n")

    assert last_line(log, since=log.stat().st_size) == "it said nothing"
    assert last_line(log) == "of before"
