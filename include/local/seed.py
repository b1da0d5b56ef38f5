"""Loads dbt's seeds into the warehouse in use: `python -m include.local.seed`.

A process of its own, because dbt is set up by environment variables, among them a password.
"""

from include.home import Home
from include.settings import Settings
from include.transformation.dbt import Dbt
from include.warehouse import Role, Warehouse


def main() -> None:
    """Load every seed. Raises DbtFailedError."""
    settings = Settings()
    home = Home.of(settings)
    Dbt(Warehouse.of(settings, home).parameters(Role.TRANSFORMER), home.path / "dbt").seed()


if __name__ == "__main__":
    main()
