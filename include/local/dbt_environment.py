"""Runs a command as dbt would be run: `python -m include.local.dbt_environment COMMAND …`, for sqlfluff and by hand.

It prepares the warehouse in use, hands the command the transformer's login by environment, and leaves PostgreSQL as
it was found.
"""

import os
import subprocess
import sys

from include.home import Home
from include.local import prepare
from include.local.postgres import Cluster
from include.local.seed import dbt_of
from include.settings import Settings
from include.warehouse import Warehouse


def main() -> None:
    """Run the command that the arguments name, and end as it does."""
    settings = Settings()
    home = Home.of(settings)
    cluster = Cluster.of(settings, home)
    was_running = cluster.port is not None
    cluster.start()
    try:
        prepare.prepare_warehouse(settings, home)
        dbt = dbt_of(Warehouse.of(settings, home), home)
        done = subprocess.run(sys.argv[1:], check=False, env={**os.environ, **dbt.variables()})  # noqa: S603
    finally:
        if not was_running:
            cluster.stop()
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
