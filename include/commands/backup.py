"""`gridloom backup` and `gridloom restore`: the warehouse in use, into a file and back."""

from pathlib import Path

from include.commands import terminal
from include.commands.terminal import about
from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home
from include.local import backup as dumps
from include.local import prepare, services
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Warehouse

BYTES_PER_MB = 1_000_000


def backup(file: Path) -> None:
    """Write the warehouse in use into a file."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = _reachable(settings, home)
    with about.status(f"{warehouse.address} …"):
        size = dumps.backup(warehouse, file)
    about.print(f"{warehouse.address} is in {file}, {size / BYTES_PER_MB:.1f} MB", markup=False)


def restore(file: Path) -> None:
    """Put a backup in the place of the warehouse in use; what was there is set aside."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    if not file.is_file():
        raise LocalError(f"there is no backup {file}")
    if services.running(home) is not None:
        raise LocalError("Airflow is at work on this warehouse; end it first: gridloom down")
    warehouse = _reachable(settings, home)
    # Makes the roles that the backup names, where this is a new machine.
    prepare.prepare_warehouse(settings, home)
    with about.status(f"{file} …"):
        aside = dumps.restore(warehouse, file, elsewhere=_another_database(warehouse, home))
    prepare.prepare_warehouse(settings, home)
    about.print(f"{warehouse.address} is as it was in {file}", markup=False)
    about.print(f"what was there is kept as the database {aside}", markup=False)


def _another_database(warehouse: Warehouse, home: Home) -> str:
    """Return a database that the owner may enter: none is renamed while somebody is in it."""
    if not warehouse.is_embedded:
        return "postgres"
    return REAL_DATABASE if home.is_simulated else SIMULATED_DATABASE


def _reachable(settings: Settings, home: Home) -> Warehouse:
    if Warehouse.of(settings, home).is_embedded:
        Cluster.of(settings, home).start()
    return Warehouse.of(settings, home)
