"""Loads dbt's seeds into the warehouse in use, and builds its views: `python -m include.local.seed`.

A process of its own, because dbt is set up by environment variables, among them a password.
"""

from include import sources
from include.home import Home
from include.settings import Settings
from include.transformation.build import only_build
from include.transformation.dbt import Dbt
from include.transformation.views import build_changed_views, releases_of_raw
from include.warehouse import Role, Warehouse, session


def dbt_of(warehouse: Warehouse, home: Home) -> Dbt:
    """Return the dbt project as the transformer, with the state that the DAGs use too: what is parsed stays parsed."""
    return Dbt(warehouse.parameters(Role.TRANSFORMER), home.path / "dbt" / warehouse.database)


def seed(warehouse: Warehouse, dbt: Dbt) -> None:
    """Load every seed, and build the views that changed, when no build is at work. Raises DbtFailedError."""
    url = warehouse.dsn(Role.TRANSFORMER)
    with (
        session(url, application="gridloom migrate") as slot,
        session(url, application="gridloom migrate") as transformer,
        only_build(slot),
    ):
        dbt.seed()
        build_changed_views(transformer, dbt, releases_of_raw(sources.releases()))


def main() -> None:
    """Load the seeds and build the views. Raises DbtFailedError."""
    settings = Settings()
    home = Home.of(settings)
    warehouse = Warehouse.of(settings, home)
    seed(warehouse, dbt_of(warehouse, home))


if __name__ == "__main__":
    main()
