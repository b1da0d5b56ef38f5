"""Both DAGs through a real Airflow that follows its schedules: what comes by the clock, by an event, and by hand."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.local.airflow_api import AirflowApi
from include.settings import REPOSITORY
from tests import prepared
from tests.integration.smart_meter.test_reading_files import day
from tests.machine import Machine, wait_until
from tests.store import BUCKET, LOGIN, Store, running_store

# The recorded days; what tests deliver is of later ones.
OF_2021 = "consumption_date < '2022-01-01'"
READINGS, REFERENCE = "smart_meter_readings", "smart_meter_reference"
RUNS = """
    select status, error_message from ops.pipeline_runs
    where dag_id = %s and airflow_run_id like %s and finished_at is not null
"""


@pytest.fixture(scope="module")
def store(real_data: Path) -> Iterator[Store]:
    """A bucket that holds the recorded files."""
    with running_store() as store:
        for path in sorted((real_data / "smart_meter" / "readings").glob("*.json")):
            store.put(f"in/{path.name}", path.read_bytes())
        yield store


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, store: Store, real_data: Path) -> Iterator[Machine]:
    """A machine with everything up, on which both DAGs follow their schedules; Airflow knows the bucket's login."""
    folder = tmp_path_factory.mktemp("meters")
    (folder / "dags").mkdir()
    for dag_id in (READINGS, REFERENCE):
        shutil.copyfile(REPOSITORY / "dags" / f"{dag_id}.py", folder / "dags" / f"{dag_id}.py")
    prepared.copy_to(folder / "home")
    machine = Machine.at(
        folder / "home",
        GRIDLOOM_DAGS_FOLDER=str(folder / "dags"),
        GRIDLOOM_SMART_METER_READINGS=f"s3://{BUCKET}/in",
        GRIDLOOM_SMART_METER_REFERENCE=f"sqlite:///{real_data}/smart_meter/case_study.db",
        GRIDLOOM_SMART_METER_SMALLEST_GROUP="1",
    )
    login = {"conn_type": "generic", "login": LOGIN["key"], "password": LOGIN["secret"], "extra": store.where}
    machine.gridloom("migrate")
    machine.gridloom("airflow", "connections", "add", READINGS, "--conn-json", json.dumps(login))
    machine.gridloom("up", "--wait")
    yield machine
    machine.end()


@pytest.fixture(scope="module")
def published(machine: Machine) -> Machine:
    """The same, once the run that was due has ended."""
    wait_until(lambda: machine.query(RUNS, READINGS, "scheduled__%"), what="a run by the clock")
    return machine


def deliver(store: Store, meterpoint: str, *values: float, on: str) -> None:
    columns = ["interval_start", "consumption_delta", "meterpoint_id"]
    data = [[stamp, value, meterpoint] for stamp, value in day(*values, on=on)]
    store.put(f"in/{meterpoint}.json", json.dumps({"columns": columns, "data": data}).encode())


def test_a_run_by_the_clock_brings_what_is_there(published):
    assert published.query(RUNS, READINGS, "scheduled__%") == [("success", None)]
    assert published.query(
        f"select count(*)::int, sum(consumption_kwh)::text from analytics.half_hourly_consumption where {OF_2021}"
    ) == [(143, "3944.051")]
    assert published.query(
        f"select count(*)::int, sum(consumption_kwh)::text from analytics.daily_product_consumption where {OF_2021}"
    ) == [(45, "3734.857")]


def test_a_reference_date_is_published_though_it_has_no_readings(published):
    published.gridloom("run", READINGS, "--param", "reference_date=2020-06-01")
    asked = "select 1 from analytics.active_agreements where consumption_date = '2020-06-01' limit 1"
    # A run by the clock that was at work beside it carries what was asked for, and publishes it when it ends.
    wait_until(lambda: published.query(asked), what="the day that was asked for, published")
    days = f"select consumption_date::text, count(*)::int from analytics.active_agreements where {OF_2021} group by 1"
    _, *with_readings = sorted(published.query(days))
    assert with_readings == [("2021-01-01", 94), ("2021-01-02", 94), ("2021-01-03", 94)]


def test_the_reference_has_a_run_of_its_own(published):
    published.gridloom("run", REFERENCE)
    assert published.query(RUNS, REFERENCE, "manual__%") == [("success", None)]


def test_where_nothing_is_new_no_step_is_done(published):
    said = published.gridloom("run", READINGS).stderr
    assert "skipped" in said
    [(run_id, status)] = published.query(
        "select airflow_run_id, status from ops.pipeline_runs where dag_id = %s and airflow_run_id like 'manual__%%'"
        " order by run_id desc limit 1",
        READINGS,
    )
    assert status == "skipped"
    api = AirflowApi(published.settings, published.home)
    api.log_in()
    assert {task.state for task in api.task_states(READINGS, run_id)} == {"skipped"}


def test_a_file_that_an_event_tells_of_is_brought_at_once(published, store):
    deliver(store, "9999999999", 1, 2, on="2022-03-03")
    api = AirflowApi(published.settings, published.home)
    api.log_in()
    api.post_asset_event("smart_meter_readings.arrived", {"key": "9999999999.json"})
    wait_until(lambda: published.query(RUNS, READINGS, "asset_triggered__%"), what="a run by the event")
    # A run by the clock may have come before it.
    told = "select readings, is_in_reference from analytics.consumption_without_agreement where consumption_kwh = 3"
    wait_until(lambda: published.query(told), what="what the file holds, published")
    assert published.query(told) == [(2, False)]


def test_a_meter_is_forgotten_by_a_command(published, store):
    deliver(store, "ffffffffff", 4, on="2022-02-02")
    published.gridloom("run", READINGS)
    reading = "select readings from analytics.daily_meter_consumption where consumption_kwh = 4"
    wait_until(lambda: published.query(reading) == [(1,)], what="what the file holds, published")
    told = published.gridloom("smart-meters", "forget", "--meter", "ffffffffff", "--yes")
    assert "1 versions of readings are deleted; sums of many meters stay" in told.stderr
    assert published.query(reading) == []
    assert published.query("select meters from analytics.half_hourly_consumption where consumption_kwh = 4") == [(1,)]


def test_the_key_is_changed_by_a_command(published):
    agreements = "select min(meter_pseudonym) from analytics.active_agreements where agreement_id = 4"
    before = published.query(agreements)
    told = published.gridloom("smart-meters", "rotate-key")
    assert "pseudonyms are made anew" in told.stderr
    assert published.query(agreements) != before
    assert "skipped" in published.gridloom("run", READINGS).stderr, "with the new key, files are known"
