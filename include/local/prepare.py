"""Makes a warehouse ready for its DAGs: migrations, the raw tables of the datasets, dbt's seeds."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg2
from psycopg2 import sql

from include import warehouse
from include.home import SIMULATED_DATABASE, Home
from include.local import locks
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.settings import REPOSITORY, Settings
from include.warehouse import Connection, Warehouse

SEEDS = REPOSITORY / "dbt_project" / "seeds"
# The name under which the ledger of migrations knows the seeds.
SEEDS_ENTRY = "dbt seeds"
NO_SUCH_DATABASE = "does not exist"


def prepare_warehouse(settings: Settings, home: Home) -> list[str]:
    """Bring the warehouse in use up to this code and return what was done, in words; nothing when all is there.

    The server must run. Raises LocalError where it cannot be reached.
    """
    given = Warehouse.of(settings, home)
    with locks.exclusive(home.path / "prepare.lock"):
        with _owner_session(given) as owner:
            done = warehouse.migrate(owner, given.passwords)
            _create_raw_tables(owner)
            has_seeds = _seeds_are_in(owner)
        if not has_seeds:
            _seed(given)
            with _owner_session(given) as owner:
                _note_seeds(owner)
            done.append(SEEDS_ENTRY)
    return done


def _create_raw_tables(owner: Connection) -> None:
    from include.ingestion.dataset import create_tables
    from include.sources import DATASETS

    create_tables(owner, DATASETS)


def _seed(given: Warehouse) -> None:
    from include.transformation import dbt

    dbt.seed(given)


@contextmanager
def _owner_session(given: Warehouse) -> Iterator[Connection]:
    try:
        with warehouse.session(given.owner_dsn, application="gridloom migrate") as owner:
            yield owner
    except psycopg2.OperationalError as error:
        if given.is_embedded or given.database != SIMULATED_DATABASE or NO_SUCH_DATABASE not in str(error):
            raise LocalError(f"cannot reach the warehouse at {given.address}: {str(error).strip()}") from error
        _create_simulated_database(given)
        with warehouse.session(given.owner_dsn, application="gridloom migrate") as owner:
            yield owner
