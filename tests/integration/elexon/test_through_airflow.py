"""All datasets of Elexon's through a real Airflow: mapped tasks, views for analysts, and an asset event for each."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from include.local import airflow
from include.settings import REPOSITORY
from include.sources.elexon.catalogue import committed
from include.sources.elexon.datasets import table_name
from tests import prepared
from tests.machine import Machine
from tests.simulated_portal import SimulatedPortal

CODES = sorted(committed())
DAGS = ("elexon_discovery", "elexon_live", "elexon_daily")
BESIDE = ["bm_units", "data_status", "interconnectors", "system_prices"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, portal_process: SimulatedPortal) -> Iterator[Machine]:
    """A machine that finds Elexon at the simulator, whose clock goes."""
    elexon = portal_process.beside("elexon")
    elexon.reset()
    # As many units as there are by itself: of few one would have to give what no unit can, and be withheld.
    elexon.set(now=None)
    folder = tmp_path_factory.mktemp("elexon")
    (folder / "dags").mkdir()
    for dag_id in (*DAGS, "forecasts"):
        shutil.copyfile(REPOSITORY / "dags" / f"{dag_id}.py", folder / "dags" / f"{dag_id}.py")
    prepared.copy_to(folder / "home")
    machine = Machine.at(
        folder / "home",
        GRIDLOOM_DAGS_FOLDER=str(folder / "dags"),
        GRIDLOOM_FOLLOW_SCHEDULES="false",
        GRIDLOOM_ELEXON_URL=elexon.url,
        GRIDLOOM_ELEXON_REQUESTS_PER_SECOND="1000",
    )
    yield machine
    machine.end()
    elexon.reset()


@pytest.fixture(scope="module")
def told(machine: Machine) -> dict[str, str]:
    """What `gridloom run` says of each DAG; Airflow stays up between them."""
    machine.gridloom("up", "--wait")
    # One day, half of which is over at least, or there might be nothing in it yet.
    begin = datetime.now(UTC) - timedelta(hours=12)
    end = begin + timedelta(days=1)
    span = ("--param", f'start="{begin:%Y-%m-%d}"', "--param", f'end="{end:%Y-%m-%d}"')
    asked = {dag_id: span if dag_id != "elexon_discovery" else () for dag_id in DAGS}
    return {dag_id: machine.gridloom("run", dag_id, *params).stdout for dag_id, params in asked.items()}


def test_all_datasets_are_loaded_and_published(machine, told):
    assert all("success" in said for said in told.values()), told
    loaded = machine.query("select dataset from ops.loads group by dataset having bool_and(outcome = 'held')")
    assert {name for (name,) in loaded} == {f"elexon_{name}" for name in (*map(table_name, CODES), *BESIDE)}
    behind = (
        "select dataset from ops.watermarks where release like 'elexon%' and built_version_id > published_version_id"
    )
    assert machine.query(behind) == []


def test_analysts_read_the_newest_rows(machine, told):
    said = machine.gridloom("sql", "select count(distinct fuel_type) from analytics.elexon_fuelinst", "--format", "csv")
    assert said.stdout.split() == ["count", "20"]


def test_what_is_made_of_them_is_published_by_the_same_runs(machine, told):
    counts = """
        select
            (select count(*) from analytics.five_minute_generation) > 0,
            (select count(*) from analytics.minute_frequency) > 0,
            (select count(*) from analytics.half_hourly_prices) > 0,
            (select count(*) from analytics.daily_unit_notifications) > 0,
            (select count(distinct quantity) from analytics.grid_now)
    """
    assert machine.query(counts) == [(True, True, True, True, 27)]


def test_the_catalogue_can_be_printed(machine, told):
    listed = json.loads(machine.gridloom("elexon", "datasets", "--json").stdout)
    assert {each["code"] for each in listed if each["is_usable"]} == set(CODES)
    assert "FUELINST" in machine.gridloom("elexon", "datasets", "instantaneous").stdout
    assert machine.gridloom("elexon", "adopt", "--check").stdout == ""


def test_each_dataset_of_which_something_is_new_has_an_event(machine, told):
    """For DAGs that are scheduled by them; what brought nothing has none."""
    published = machine.query(
        """
        select distinct jsonb_object_keys(tables) from ops.publications as publication
        inner join ops.pipeline_runs as run on publication.run_id = run.run_id where run.dag_id like 'elexon%'
        """
    )
    database = psycopg2.connect(**airflow.database_parameters(machine.home))
    with closing(database), database.cursor() as cursor:
        cursor.execute("select asset.name from asset_event as event inner join asset on event.asset_id = asset.id")
        assert {name for (name,) in cursor.fetchall()} == {f"analytics.{name}" for (name,) in published}


def test_forecasts_are_made_of_what_they_brought_and_say_what_they_lack(machine, told):
    """Of demand 8 weeks are brought in, of all else there is a day or nothing."""
    first = datetime.now(UTC) - timedelta(weeks=8, days=2)
    machine.gridloom("elexon", "backfill", "--from", f"{first:%Y-%m-%d}", "--dataset", "INDO")
    said = machine.gridloom("run", "forecasts").stdout
    assert "forecasts: success" in said
    assert "refused: solar, because nothing was known of it" in said
    assert "absent: chronos, because" in said
    made = "select target, model, count(*)::int from analytics.half_hourly_forecasts group by 1, 2"
    models = {(target, model): rows for target, model, rows in machine.query(made)}
    assert {("demand", name): 96 for name in ("naive_day", "naive_week", "ridge")}.items() <= models.items()
    assert {target for target, _ in models} == {"demand"}
    because = dict(machine.query("select coalesce(target, model), because from ops.forecast_refusals"))
    assert {"wind", "solar", "gas", "carbon", "chronos"} <= set(because)
    assert because["solar"] == "nothing was known of it"
    assert "days of it were known; 56 are needed" in because["wind"]
    latest = machine.gridloom("forecast", "latest").stdout
    assert "Wind: refused, because" in latest
    assert "absent: chronos" in latest
