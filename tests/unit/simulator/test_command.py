"""The simulator as a process of its own."""

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import typer
from typer.testing import CliRunner

from include.simulator.command import simulate
from include.simulator.faults import FAULTS

SIMULATOR = Path(__file__).parents[3] / "include" / "simulator"


@pytest.fixture(scope="module")
def application():
    application = typer.Typer()
    application.command()(simulate)
    return application


def test_it_says_its_address_serves_from_2009_and_ends_when_told_to():
    command = [sys.executable, "-m", "include.simulator", "--port", "0", "--now", "2010-02-01T12:00:00Z"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=SIMULATOR.parents[1]) as process:
        try:
            url = process.stdout.readline().strip()
            statement = 'SELECT min("DATETIME") AS first FROM "f93d1835-75bc-43e5-84ad-12472b180a98"'
            answer = requests.get(f"{url}/datastore_search_sql", params={"sql": statement}, timeout=5).json()
        finally:
            process.send_signal(signal.SIGTERM)

        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/api/3/action")
        assert answer["result"]["records"] == [{"first": "2009-01-01T00:00:00"}]
        assert process.wait(timeout=10) == 0


def test_help_lists_every_fault(application):
    text = CliRunner().invoke(application, ["--help"]).output

    assert [name for name in FAULTS if f"{name}:" not in text] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fault", "flood"], "no fault is called 'flood'"),
        (["--csv", "/none.csv"], "/none.csv cannot be read"),
        (["--now", "2008-01-01"], "the history begins in 2009 at the earliest"),
        (["--now", "soon"], "'soon' is no ISO instant"),
        (["--as-of", "2026-01-01"], "as_of needs a change log"),
        (["--now", "2009-02-01", "--host", "203.0.113.1"], "cannot listen on 203.0.113.1:8765"),
    ],
)
def test_a_mistake_ends_in_one_line(application, options, said):
    result = CliRunner().invoke(application, options)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_it_imports_nothing_else_of_the_project():
    imported = set()
    for path in SIMULATOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported |= {*names, node.module} if isinstance(node, ast.ImportFrom) else set(names)

    ours = {name for name in imported if name and name.split(".")[0] in ("include", "dags", "plugins")}
    assert all(name.startswith("include.simulator") for name in ours)
