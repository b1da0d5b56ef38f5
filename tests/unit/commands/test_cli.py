"""The command line itself."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from include.cli import app

COMMANDS = ("run", "up", "down", "status", "sql", "latest", "export", "dsn", "migrate", "docs", "simulate")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])

    assert told.exit_code == 0
    assert "--help" in told.output


def test_help_loads_nothing_that_is_slow() -> None:
    code = (
        "import sys; sys.argv = ['gridloom', '--help']\n"
        "from include.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'airflow', 'dbt', 'great_expectations', 'psycopg2', 'asyncpg', 'pydantic', 'requests'}\n"
        "print('slow:', sorted(slow & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert told.stdout.splitlines()[-1] == "slow: []"


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDLOOM_POSTGRES_PORT", "many")

    told = subprocess.run([sys.executable, "-m", "include.cli", "status"], check=False, capture_output=True, text=True)

    assert told.returncode == 1
    assert told.stderr.startswith("gridloom: a setting is wrong: GRIDLOOM_POSTGRES_PORT: ")
    assert len(told.stderr.splitlines()) == 1


def test_the_simulator_listens_where_every_service_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDLOOM_BIND_HOST", "203.0.113.1")

    told = CliRunner().invoke(app, ["simulate", "--set", "now=2009-02-01"])

    assert told.exit_code == 2
    assert "cannot listen on 203.0.113.1:8765" in told.stderr
