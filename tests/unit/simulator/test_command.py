"""The simulator as a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import typer
from typer.testing import CliRunner

from include.simulator.command import simulate
from include.simulator.publishers import publishers

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def application():
    application = typer.Typer()
    application.command()(simulate)
    return application


def test_it_says_every_address_serves_from_2009_and_ends_when_told_to():
    command = [sys.executable, "-m", "include.simulator", "--port", "0", "--set", "now=2018-02-01T12:00:00Z"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            lines = [process.stdout.readline().strip() for _ in publishers()]
            urls = dict(line.split("=") for line in lines)
            statement = 'SELECT min("DATETIME") AS first FROM "f93d1835-75bc-43e5-84ad-12472b180a98"'
            neso = f"{urls['GRIDLOOM_NESO_URL']}/datastore_search_sql"
            answer = requests.get(neso, params={"sql": statement}, timeout=60).json()
            intensity = requests.get(f"{urls['GRIDLOOM_CARBON_INTENSITY_URL']}/intensity", timeout=60).json()
        finally:
            process.send_signal(signal.SIGTERM)

        assert all(url.startswith("http://127.0.0.1:") for url in urls.values())
        assert urls["GRIDLOOM_NESO_URL"].endswith("/api/3/action")
        assert answer["result"]["records"] == [{"first": "2009-01-01T00:00:00"}]
        assert intensity["data"][0]["to"] == "2018-02-01T12:00Z"
        assert process.wait(timeout=60) == 0


def test_an_address_that_is_every_one_is_told_as_this_machine_reaches_it():
    options = ["--port", "0", "--host", "0.0.0.0", "--set", "now=2009-02-01"]  # noqa: S104 - the point of the test
    command = [sys.executable, "-m", "include.simulator", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            assert "=http://127.0.0.1:" in process.stdout.readline()
        finally:
            process.terminate()


def test_help_lists_every_publisher_with_its_settings_and_faults(application):
    text = CliRunner().invoke(application, ["--help"]).output

    for name, publisher in publishers().items():
        assert f"({name})" in text
        assert [fault for fault in publisher.faults if f"{fault}:" not in text] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "neso.fault=flood"], "no fault is called 'flood'"),
        (["--set", "neso.csv=/none.csv"], "/none.csv cannot be read"),
        (["--set", "now=2008-01-01"], "the history begins in 2009 at the earliest"),
        (["--set", "now=soon"], "'soon' is no ISO instant"),
        (["--set", "neso.as_of=2026-01-01"], "as_of needs a change log"),
        (["--set", "coal.now=2026-01-01"], "is no [PUBLISHER.]SETTING=VALUE of carbon_intensity, elexon, neso"),
        (["--set", "neso.colour=red"], "no such setting: colour"),
        (["--set", "seed"], "'seed' is no [PUBLISHER.]SETTING=VALUE"),
        (["--set", "now=2018-02-01", "--host", "203.0.113.1"], "cannot listen on 203.0.113.1:8765"),
    ],
)
def test_a_mistake_ends_in_one_line(application, options, said):
    result = CliRunner().invoke(application, options)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
