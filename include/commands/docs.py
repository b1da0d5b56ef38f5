"""`gridloom docs`: dbt's documentation and Great Expectations' Data Docs, as static pages in the home."""

from include.commands import terminal
from include.commands.terminal import about, out
from include.home import Home
from include.local import prepare
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.local.seed import dbt_of
from include.quality.data_docs import build_data_docs
from include.quality.pipelines import SUITES
from include.settings import Settings
from include.warehouse import Role, Warehouse, fetch_value, session


def docs() -> None:
    """Build both and print where they are."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = _ready(settings, home)
    with about.status("dbt's documentation …"):
        out.print(f"dbt                 {dbt_of(warehouse, home).docs()}", markup=False)
    for dag_id in SUITES:
        run_id = _last_run(warehouse, dag_id)
        if run_id is None:
            about.print(f"{dag_id} has not run yet, so there is nothing to judge", markup=False)
            continue
        with about.status(f"Data Docs of {dag_id} …"):
            index = build_data_docs(
                warehouse.dsn(Role.TRANSFORMER), home.path / "data_docs" / dag_id, dag_id=dag_id, run_id=run_id
            )
        out.print(f"{dag_id:<19} {index}", markup=False)


def _ready(settings: Settings, home: Home) -> Warehouse:
    warehouse = Warehouse.of(settings, home)
    if warehouse.is_embedded:
        cluster = Cluster.of(settings, home)
        if not cluster.exists:
            raise LocalError("there is no warehouse yet; make one: make run")
        cluster.start()
    prepare.prepare_warehouse(settings, home)
    return Warehouse.of(settings, home)


def _last_run(warehouse: Warehouse, dag_id: str) -> int | None:
    """Return the last run of a DAG that built anything, since a run that did not has no marts to judge."""
    with session(warehouse.dsn(Role.ANALYST), application="gridloom docs") as analyst:
        run_id: int | None = fetch_value(
            analyst,
            "select max(run_id) from ops.pipeline_runs where dag_id = %s and published is not null",
            (dag_id,),
        )
    return run_id
