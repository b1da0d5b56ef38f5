"""Carbon intensity through a real Airflow, as its users have it after `make up`: the publishers' clocks are right."""

import shutil
from collections.abc import Iterator

import pytest

from include.settings import REPOSITORY
from tests import prepared
from tests.machine import Machine, wait_until
from tests.simulated_portal import SimulatedPortal, running_portal

NESO, DAG, RECONCILIATION = "neso_generation_mix", "carbon_intensity", "carbon_source_reconciliation"
LAST_RUN = "select status, error_message from ops.pipeline_runs where dag_id = %s order by started_at desc limit 1"
# Its schedule may have started another one since.
TYPED_RUN = """
    select status, error_message from ops.pipeline_runs
    where dag_id = %s and airflow_run_id like 'manual%%' order by started_at desc limit 1
"""
NEWEST = "select max(version_id) from analytics.{}_vintages"


@pytest.fixture(scope="module")
def portal() -> Iterator[SimulatedPortal]:
    with running_portal() as portal:
        portal.set(start=None, now=None)
        portal.beside(DAG).set(start=None, now=None)
        yield portal


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, portal: SimulatedPortal) -> Iterator[Machine]:
    """A machine whose DAGs follow their schedules: these three."""
    folder = tmp_path_factory.mktemp("carbon")
    (folder / "dags").mkdir()
    for dag_id in (NESO, DAG, RECONCILIATION):
        shutil.copyfile(REPOSITORY / "dags" / f"{dag_id}.py", folder / "dags" / f"{dag_id}.py")
    prepared.copy_to(folder / "home")
    machine = Machine.at(
        folder / "home",
        GRIDLOOM_DAGS_FOLDER=str(folder / "dags"),
        GRIDLOOM_NESO_URL=portal.url,
        GRIDLOOM_NESO_DATASTORE_PER_MINUTE="100000",
        GRIDLOOM_NESO_REQUESTS_PER_SECOND="100000",
        GRIDLOOM_CARBON_INTENSITY_URL=portal.beside(DAG).url,
        GRIDLOOM_CARBON_INTENSITY_REQUESTS_PER_SECOND="100000",
    )
    machine.gridloom("up", "--wait")
    yield machine
    machine.end()


@pytest.fixture(scope="module")
def reconciled(machine: Machine) -> Machine:
    """The machine, once both sources have run by themselves and what joins them has followed."""
    wait_until(lambda: machine.query(LAST_RUN, RECONCILIATION), what="the run that the assets start")
    wait_until(lambda: machine.query(LAST_RUN, RECONCILIATION)[0][0] != "running", what="its end")
    return machine


def test_both_sources_run_by_themselves_and_are_reconciled_then(reconciled):
    for dag_id in (NESO, DAG, RECONCILIATION):
        assert reconciled.query(LAST_RUN, dag_id) == [("success", None)], dag_id
    [(half_hours, apart)] = reconciled.query(
        "select count(*), avg(abs(neso_less_api_g_per_kwh)) from analytics.carbon_source_reconciliation"
    )
    assert half_hours >= 40
    assert 0 < apart < 20


def test_a_dataset_that_fails_stops_no_other_and_the_run_names_it(reconciled, portal):
    before = {name: reconciled.query(NEWEST.format(name)) for name in ("carbon_intensity", "regional_carbon_intensity")}
    portal.beside(DAG).set(seed=7, fault="renamed-field", fault_on="regional")
    told = reconciled.gridloom("run", DAG, code=1).stderr
    portal.beside(DAG).set(seed=None, fault=None, fault_on=None)
    assert "carbon_intensity_regional" in told
    [(status, cause)] = reconciled.query(TYPED_RUN, DAG)
    assert status == "failed"
    assert "carbon_intensity_regional" in cause
    assert "carbon_intensity_national" not in cause
    assert reconciled.query(NEWEST.format("carbon_intensity")) > before["carbon_intensity"]
    assert reconciled.query(NEWEST.format("regional_carbon_intensity")) == before["regional_carbon_intensity"]
