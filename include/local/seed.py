"""Loads dbt's seeds into the warehouse in use: `python -m include.local.seed`.

A process of its own, because dbt is set up by environment variables, among them a password.
"""

from include.home import Home
from include.settings import Settings
from include.transformation.dbt import Dbt
from include.warehouse import Role, Warehouse


def dbt_of(warehouse: Warehouse, home: Home) -> Dbt:
    """Return the dbt project as the transformer, with the state that the DAGs use too: what is parsed stays parsed."""
    return Dbt(warehouse.parameters(Role.TRANSFORMER), home.path / "dbt" / warehouse.database)


def main() -> None:
    """Load every seed. Raises DbtFailedError."""
    settings = Settings()
    home = Home.of(settings)
    dbt_of(Warehouse.of(settings, home), home).seed()


if __name__ == "__main__":
    main()
