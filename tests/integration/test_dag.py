"""The main job through a real Airflow, over NESO's recorded copies: what its users see, run after run."""

import csv
import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from include.local import airflow
from tests import prepared
from tests.machine import Machine, wait_until
from tests.simulated_portal import SimulatedPortal, running_portal

DAG = "neso_generation_mix"
# Two of the six; all of them, and what lies between, are replayed without Airflow in test_recorded_captures.py.
COPIES = ("2026-03-22", "2026-05-31")
FUELS = {
    **{"gas_mw": "GAS", "coal_mw": "COAL", "nuclear_mw": "NUCLEAR", "wind_mw": "WIND", "embedded_wind_mw": "WIND_EMB"},
    **{"hydro_mw": "HYDRO", "imports_mw": "IMPORTS", "biomass_mw": "BIOMASS", "other_mw": "OTHER"},
    **{"solar_mw": "SOLAR", "storage_mw": "STORAGE", "generation_mw": "GENERATION"},
    "carbon_intensity_g_per_kwh": "CARBON_INTENSITY",
}
# Runs that asked for one of the copies, all of which are of half a year.
OF_COPIES = "run_id in (select run_id from ops.loads where upper(covers) <= '2026-06-01')"
LAST_RUN = "select status, failed_task, error_message from ops.pipeline_runs order by started_at desc limit 1"


@pytest.fixture(scope="module")
def portal() -> Iterator[SimulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, portal: SimulatedPortal) -> Iterator[Machine]:
    """A machine with everything up, whose NESO is the simulator; schedules are not followed, so runs are ours."""
    home = tmp_path_factory.mktemp("dag") / "home"
    prepared.copy_to(home)
    machine = Machine.at(
        home,
        GRIDLOOM_NESO_URL=portal.url,
        GRIDLOOM_NESO_DATASTORE_PER_MINUTE="100000",
        GRIDLOOM_NESO_REQUESTS_PER_SECOND="100000",
        GRIDLOOM_FOLLOW_SCHEDULES="false",
    )
    machine.gridloom("up", "--wait")
    yield machine
    machine.end()


def copy_file(real_data: Path, captured_on: str) -> Path:
    return real_data / "neso" / f"generation_mix_2026_asof_{captured_on}.csv.gz"


def values_of(path: Path) -> dict[datetime, tuple[float, ...]]:
    """The copy's values by half-hour, read with nothing of ours."""
    with gzip.open(path, "rt") as file:
        return {
            datetime.fromisoformat(row["DATETIME"]).replace(tzinfo=UTC): tuple(float(row[c]) for c in FUELS.values())
            for row in csv.DictReader(file)
        }


def values_known_at(machine: Machine, known_at: datetime) -> dict[datetime, tuple[float, ...]]:
    columns = ", ".join(FUELS)
    rows = machine.query(f"select period_started_at, {columns} from analytics.generation_mix_as_known_at(%s)", known_at)
    return {instant: tuple(values) for instant, *values in rows}


def params(**values: Any) -> list[str]:
    return [text for name, value in values.items() for text in ("--param", f"{name}={json.dumps(value)}")]


def run_of_2026(end: str) -> list[str]:
    return ["run", DAG, *params(start="2026-01-01T00:00:00+00:00", end=f"{end}T23:00:00+00:00")]


# The month in which the absurd half-hour is.
RUN_OF_JANUARY = run_of_2026("2026-01-31")


@pytest.fixture(scope="module")
def known_at(machine: Machine, portal: SimulatedPortal, real_data: Path) -> dict[str, datetime]:
    """The whole copies, replayed in order through the DAG; when each became known."""
    instants = {}
    for captured_on in COPIES:
        portal.set(csv=[str(copy_file(real_data, captured_on))])
        machine.gridloom(*run_of_2026(captured_on))
        [(instants[captured_on],)] = machine.query("select last_known_at from ops.datasets where dataset = %s", DAG)
    return instants


def test_each_whole_copy_stands_as_it_was_known_then(machine, real_data, known_at):
    for captured_on, instant in known_at.items():
        assert values_known_at(machine, instant) == values_of(copy_file(real_data, captured_on)), captured_on


def test_the_newest_copy_is_what_analysts_see(machine, real_data, known_at):
    told = machine.gridloom(
        "sql", "--format", "json", "select count(*), sum(generation_mw) from analytics.half_hourly_generation"
    )
    newest = values_of(copy_file(real_data, COPIES[-1]))
    assert json.loads(told.stdout) == [
        {"count": len(newest), "sum": sum(values[list(FUELS).index("generation_mw")] for values in newest.values())}
    ]
    periods = "select expected_half_hours, present_half_hours from analytics.daily_coverage where settlement_date = %s"
    assert machine.query(periods, "2026-03-29") == [(46, 46)]
    shares = machine.query(
        "select count(*) from (select sum(share_pct) as total from analytics.half_hourly_generation_mix"
        " group by period_started_at) as mix where total <> 100.00"
    )
    assert shares == [(0,)]


def test_the_history_tells_what_each_run_did(machine, real_data, known_at):
    rows = machine.query(
        "select status, fetched, new, revised, withdrawn, rejected, published, duration_s > 0"
        f" from ops.pipeline_runs where {OF_COPIES} order by started_at limit %s",
        len(COPIES),
    )
    seen: dict[datetime, tuple[float, ...]] = {}
    for captured_on, (status, fetched, new, revised, withdrawn, rejected, published, lasted) in zip(
        COPIES, rows, strict=True
    ):
        copy = values_of(copy_file(real_data, captured_on))
        assert (status, fetched, withdrawn, rejected, lasted) == ("success", len(copy), 0, 0, True)
        assert new == len(copy.keys() - seen.keys())
        # Percentages can change where no power did, so these are at least what the fuels show.
        assert revised >= sum(seen[instant] != copy[instant] for instant in seen)
        assert published == new + revised
        seen |= copy


def test_each_published_table_is_an_asset_event_that_says_what_it_got(machine, known_at):
    airflow_database = psycopg2.connect(**airflow.database_parameters(machine.home))
    with closing(airflow_database), airflow_database.cursor() as cursor:
        cursor.execute(
            "select event.extra from asset_event as event inner join asset on event.asset_id = asset.id"
            " where asset.name = 'analytics.half_hourly_generation' order by event.id limit %s",
            (len(COPIES),),
        )
        told = [extra for (extra,) in cursor.fetchall()]
    rows = machine.query(
        f"select new, revised, published from ops.pipeline_runs where {OF_COPIES} order by started_at limit %s",
        len(COPIES),
    )
    assert [(each["rows_new"], each["rows_revised"], each["rows_published"]) for each in told] == rows
    assert all(each["rows_withdrawn"] == 0 for each in told)


def test_every_result_of_dbt_and_of_the_checks_is_kept(machine, known_at):
    [(models, tests)] = machine.query(
        "select count(*) filter (where resource_type = 'model'), count(*) filter (where resource_type = 'test')"
        " from ops.dbt_results where build_id = (select max(build_id) from ops.dbt_results)"
    )
    assert models >= 9
    assert tests >= 10
    [(observed, failed)] = machine.query(
        "select count(observed_value), count(*) filter (where not success and severity = 'critical')"
        " from ops.quality_results"
    )
    assert observed
    assert failed == 0


def test_the_same_copy_again_changes_nothing(machine, known_at):
    everything = "select md5(string_agg(t::text, '|' order by t::text)) from {} as t"
    tables = ("raw.neso_generation_mix", "ops.datasets", "analytics.half_hourly_generation_versions")
    before = [machine.query(everything.format(table)) for table in tables]
    told = machine.gridloom(*run_of_2026(COPIES[-1])).stderr
    assert "0 new, 0 revised" in told
    assert [machine.query(everything.format(table)) for table in tables] == before


def test_a_task_that_is_cleared_runs_again_and_changes_nothing(machine, known_at):
    """A deadline that Airflow reckons anew when a run is cleared would make clearing impossible."""
    before = machine.query("select run_id, status, published from ops.pipeline_runs order by 1")
    machine.gridloom("airflow", "tasks", "clear", DAG, "--yes", "--task-regex", "^publish$")
    wait_until(lambda: not active_runs(machine), what="the end of the cleared runs")
    assert machine.query("select run_id, status, published from ops.pipeline_runs order by 1") == before


def active_runs(machine: Machine) -> int:
    airflow_database = psycopg2.connect(**airflow.database_parameters(machine.home))
    with closing(airflow_database), airflow_database.cursor() as cursor:
        cursor.execute("select count(*) from dag_run where state in ('queued', 'running')")
        return int(cursor.fetchone()[0])


def test_a_run_of_a_lasting_fault_fails_at_once_names_its_cause_and_changes_nothing(machine, portal, known_at):
    portal.set(fault="renamed-column")
    before = machine.query("select count(*), max(known_at) from analytics.half_hourly_generation_versions")
    told = machine.gridloom(*RUN_OF_JANUARY, code=1).stderr
    portal.set(fault=None)
    assert "NESO no longer sends GAS" in told
    [(status, task, message)] = machine.query(LAST_RUN)
    assert (status, task) == ("failed", "extract_and_load")
    assert message.startswith("SchemaChangedError: NESO no longer sends GAS")
    assert machine.query("select count(*), max(known_at) from analytics.half_hourly_generation_versions") == before


@pytest.fixture
def absurd_copy(real_data: Path, tmp_path: Path) -> Path:
    """The newest copy with a carbon intensity that no fuel can have, in a half-hour of January."""
    with gzip.open(copy_file(real_data, COPIES[-1]), "rt") as file:
        rows = list(csv.DictReader(file))
    rows[100]["CARBON_INTENSITY"] = "900.0"
    path = tmp_path / "absurd.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_what_fails_its_checks_is_withheld_until_it_is_published_by_force_on_record(
    machine, portal, real_data, absurd_copy, known_at
):
    highest = "select max(carbon_intensity_g_per_kwh) from analytics.half_hourly_generation"
    before = machine.query(highest)
    portal.set(csv=[str(absurd_copy)])
    told = machine.gridloom(*RUN_OF_JANUARY, code=1).stderr
    assert "carbon_intensity_g_per_kwh" in told
    assert machine.query(highest) == before
    assert machine.query(LAST_RUN)[0][:2] == ("failed", "check_marts")

    machine.gridloom(*RUN_OF_JANUARY, *params(force_publish=True))
    assert machine.query(highest) == [(900.0,)]
    [(was_forced, failed_checks)] = machine.query(
        "select was_forced, failed_checks from ops.publications order by build_id desc limit 1"
    )
    assert was_forced
    assert "carbon_intensity_g_per_kwh" in failed_checks[0]

    portal.set(csv=[str(copy_file(real_data, COPIES[-1]))])
    machine.gridloom(*RUN_OF_JANUARY)
    assert machine.query(highest) == before


def test_a_stale_source_fails_the_run_after_its_rows_are_published(machine, portal):
    """The portal's clock stood still three days ago."""
    now = datetime.now(UTC)
    portal.reset()
    portal.set(start=(now - timedelta(days=70)).date().isoformat(), now=(now - timedelta(days=3)).isoformat())
    told = machine.gridloom("run", DAG, *params(look_back_days=60), code=1).stderr
    assert "StaleSourceError" in told
    [(status, task, _)] = machine.query(LAST_RUN)
    assert (status, task) == ("failed", "publish")
    [(published,)] = machine.query("select published from ops.pipeline_runs order by started_at desc limit 1")
    assert published > 1000


def test_airflows_own_backfill_fetches_each_runs_own_interval_only(machine, portal):
    portal.reset()
    portal.set(start="2026-08-01T00:00:00Z", now="2026-10-30T12:00:00Z")
    span = ("--from-date", "2026-10-01T00:00:00+00:00", "--to-date", "2026-10-01T02:00:00+00:00")
    machine.gridloom("airflow", "backfill", "create", "--dag-id", DAG, *span, "--max-active-runs", "3")
    backfilled = (
        "select lower(covers), upper(covers), status, run.fetched, error_message from ops.pipeline_runs as run"
        " inner join ops.loads on run.run_id = loads.run_id where airflow_run_id like 'backfill%' order by 1"
    )
    wait_until(
        lambda: [row[2] == "running" for row in machine.query(backfilled)] == [False] * 3,
        what="three backfilled runs that have ended",
    )
    rows = machine.query(backfilled)
    # Runs beside each other: where a build has overtaken another, it carries the other's rows.
    assert {row[2] for row in rows} <= {"success", "superseded"}, rows
    assert [row[0].hour for row in rows] == [0, 1, 2]
    assert all((end - start).total_seconds() == 3600 and fetched == 2 for start, end, _, fetched, _ in rows)
    published = (
        "select count(*) from analytics.half_hourly_generation where period_started_at >= %s and period_started_at < %s"
    )
    assert machine.query(published, rows[0][0], rows[-1][1]) == [(6,)]
