"""`gridloom docs`: dbt's documentation and Great Expectations' Data Docs, as static pages in the home."""

from typing import TypeGuard

from include import sources
from include.commands import terminal
from include.commands.terminal import about, out
from include.deployment import Deployment
from include.home import Home
from include.local import prepare
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.local.seed import dbt_of
from include.raw_release import RawRelease
from include.release import Release
from include.settings import Settings
from include.warehouse import Role, Warehouse, fetch_value, session


def docs() -> None:
    """Build both and print where they are."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = _ready(settings, home)
    with about.status("dbt's documentation …"):
        out.print(f"dbt                 {dbt_of(warehouse, home).docs()}", markup=False)
    deployment = Deployment(settings, warehouse.dsn)
    for release in filter(_is_built, sources.releases()):
        run_id = _last_run(warehouse, release.name)
        if run_id is None:
            about.print(f"{release.name} was not built yet, so there is nothing to judge", markup=False)
            continue
        with about.status(f"Data Docs of {release.name} …"):
            index = release.build_data_docs(deployment, run_id)
        out.print(f"{release.name:<19} {index}", markup=False)


def _is_built(release: Release | RawRelease) -> TypeGuard[Release]:
    """Tell whether models are made of it; what readers see as raw has it is judged as it comes."""
    return isinstance(release, Release)


def _ready(settings: Settings, home: Home) -> Warehouse:
    warehouse = Warehouse.of(settings, home)
    if warehouse.is_embedded:
        cluster = Cluster.of(settings, home)
        if not cluster.exists:
            raise LocalError("there is no warehouse yet; make one: make run")
        cluster.start()
    prepare.prepare_warehouse(settings, home)
    return Warehouse.of(settings, home)


def _last_run(warehouse: Warehouse, release: str) -> int | None:
    """Return the run that last built a release, or None where none has: then there are no marts to judge."""
    with session(warehouse.dsn(Role.SCREENS), application="gridloom docs") as reader:
        run_id: int | None = fetch_value(
            reader,
            """
            select max(built.run_id)
            from ops.watermarks as watermark
            inner join ops.dbt_results as built on watermark.build_id = built.build_id
            where watermark.release = %s
            """,
            (release,),
        )
    return run_id
