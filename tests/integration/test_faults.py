"""Runs are killed, interrupted and crowded, servers go down, answers are spoilt: the quick part of `make faults`."""

import json
import subprocess
import sys

import pytest

from include.settings import REPOSITORY, Settings
from tests.faults import forecasts, meters, quick
from tests.faults.bodies import RECORDED
from tests.faults.mutations import KINDS

TIMEOUT_S = 600


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What became of each fault."""
    directory = tmp_path_factory.mktemp("faults")
    told = directory / "outcomes.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *quick.PARTS, "--home", str(directory / "home"), "--json", str(told)],
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert told.exists(), done.stdout + done.stderr
    return list(json.loads(told.read_text()))


@pytest.mark.parametrize(
    ("family", "times"),
    [
        ("kill -9 at named points", quick.KILLED),
        ("kill -9, then Airflow's retry", 1),
        ("SIGTERM", 1),
        ("its sessions terminated", 1),
        ("PostgreSQL stopped hard", 1),
        ("runs at once", 2),
        ("time", 1),
        # One without any.
        (forecasts.KILLED, 1 + forecasts.A_FEW_KILLS),
        (quick.WITNESS, len(quick.CORRUPTIONS)),
    ],
)
def test_a_fault_leaves_nothing_half_visible_and_the_next_run_heals(played, family, times):
    outcomes = [each for each in played if each["family"] == family]
    assert [(each["fault"], each["wrong"]) for each in outcomes if each["wrong"]] == []
    assert len(outcomes) == times


@pytest.mark.parametrize(
    ("family", "faults"),
    [
        # At random instants: how many kills a load needs is not known before.
        (meters.KILLED, 2),
        (meters.AT_POINTS, 1),
        (meters.SESSIONS, 1),
        (meters.SERVER, 1),
        (meters.TWO, 1),
        (meters.CHANGES, 1),
        (meters.SNAPSHOTS, 2),
    ],
)
def test_files_come_in_as_if_nothing_had_happened(played, family, faults):
    outcomes = [each for each in played if each["family"] == family]
    assert [(each["fault"], each["wrong"]) for each in outcomes if each["wrong"]] == []
    assert sum(each["weight"] for each in outcomes) >= faults


def test_no_spoilt_answer_loses_a_row_or_brings_a_wrong_one(played):
    if not (Settings().real_data / RECORDED).is_file():
        pytest.skip(f"no recorded answers in {Settings().real_data}; set GRIDLOOM_REAL_DATA")
    outcomes = [each for each in played if each["family"] == "spoilt answers"]
    assert [(each["fault"], each["wrong"]) for each in outcomes if each["wrong"]] == []
    # One of each kind, and what analysts see in the end.
    assert len(outcomes) == len(KINDS) + 1
