"""`gridloom elexon backfill`: years of datasets by a command, which goes on where it was and publishes what came."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.machine import wait_until

DAYS = ("--from", "2026-05-01", "--to", "2026-05-04")


@pytest.fixture
def backfill(journey, warehouse, tmp_path):
    """Types the command, against the warehouse of the test and the simulated Elexon."""
    journey.api.set(now="2026-05-20T12:00:00Z", units=4)
    owner = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**warehouse.owner)
    passwords = {f"GRIDLOOM_{role}_PASSWORD".upper(): password for role, password in warehouse.passwords.items()}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GRIDLOOM_")},
        **passwords,
        "GRIDLOOM_ENV_FILE": os.devnull,
        "GRIDLOOM_HOME": str(tmp_path / "home"),
        "GRIDLOOM_WAREHOUSE_URL": owner,
        "GRIDLOOM_NESO_URL": "http://127.0.0.1:1",
        "GRIDLOOM_ELEXON_URL": journey.api.url,
        "GRIDLOOM_ELEXON_REQUESTS_PER_SECOND": "1000",
    }

    def type_in(*options, code=0, until=None):
        command = [sys.executable, "-m", "include.cli", "elexon", "backfill", *options]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            if until is not None:
                wait_until(until, what="what the backfill is stopped at", timeout_s=60)
                process.terminate()
            said, told = process.communicate(timeout=120)
        assert process.returncode == code, said + told
        return SimpleNamespace(stdout=said, stderr=told)

    return type_in


def test_what_came_is_published_and_what_is_held_is_not_asked_for_again(journey, backfill):
    done = backfill(*DAYS, "--dataset", "PN", "--dataset", "FUELINST")
    assert "windows of 2 datasets are not held yet" in done.stderr
    assert "elexon_pn" in done.stdout
    assert journey.as_analyst("select count(distinct settlement_date) from analytics.elexon_pn") == [(3,)]
    [(rows,)] = journey.as_analyst("select count(*) from analytics.elexon_fuelinst")
    assert rows >= 3 * 288 * 20 - 20
    assert journey.query("select distinct status from ops.pipeline_runs") == [("success",)]

    journey.api.set(fault="500")
    assert "0 windows of 2 datasets are not held yet" in backfill(*DAYS, "-d", "PN", "-d", "FUELINST").stderr


def test_a_window_that_does_not_come_is_told_and_comes_the_next_time(journey, backfill):
    journey.api.set(fault="no-bracket", fault_on="pn")
    done = backfill(*DAYS[:3], "2026-05-02", "-d", "PN", "-d", "INDO", code=1)
    assert "no whole array of rows" in done.stdout
    assert journey.as_analyst("select count(*) from analytics.elexon_indo") == [(48,)]
    assert journey.query("select distinct status from ops.pipeline_runs") == [("failed",)]
    journey.api.set(fault=None)
    backfill(*DAYS[:3], "2026-05-02", "-d", "PN", "-d", "INDO")
    assert journey.as_analyst("select count(distinct settlement_date) from analytics.elexon_pn") == [(1,)]


def test_one_that_is_stopped_publishes_what_came_and_goes_on_the_next_time(journey, backfill):
    span = ("--from", "2026-01-01", "--to", "2026-05-01", "-d", "PN")
    held = "select count(*) from ops.loads where dataset = 'elexon_pn' and outcome = 'held'"
    done = backfill(*span, code=1, until=lambda: journey.query(held)[0][0] >= 3)
    assert "of 120 windows; start it again to go on" in done.stdout
    [(windows,)] = journey.query(held)
    assert 3 <= windows < 120
    [(days,)] = journey.as_analyst("select count(distinct settlement_date) from analytics.elexon_pn")
    assert days == windows
    assert f"{120 - windows} windows of 1 datasets are not held yet" in backfill(*span, "--dry-run").stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "2026-05-04", "--to", "2026-05-01"], "--from must be before --to"),
        ([*DAYS, "--dataset", "COAL"], "Elexon has no history of coal"),
    ],
)
def test_a_mistake_is_one_line(backfill, options, said):
    done = backfill(*options, code=1)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
