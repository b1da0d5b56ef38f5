"""What the grid is doing now, as commands read it: as the analyst, and said in one line where there is nothing yet."""

from datetime import UTC, datetime

import psycopg2

from include.commands import analyst, terminal
from include.home import Home
from include.local.errors import LocalError
from include.serving.latest import Latest, read_latest
from include.warehouse import Warehouse

BROUGHT_BY = "elexon_live"


def read(warehouse: Warehouse, home: Home, application: str) -> Latest:
    """Return what the grid is doing now. Raises LocalError where nothing is published yet, or it cannot be read.

    Raises psycopg2.OperationalError where the warehouse cannot be reached.
    """
    try:
        with analyst.reading(warehouse, application=application) as connection:
            found = read_latest(connection, datetime.now(UTC), is_simulated=home.is_simulated)
    except psycopg2.OperationalError:
        raise
    except psycopg2.Error as error:
        raise LocalError(analyst.reason(error)) from error
    if found is None:
        raise LocalError(
            f"nothing is published yet of what the grid is doing; bring it in: {terminal.gridloom()} run {BROUGHT_BY}"
        )
    return found
