"""A PostgreSQL of a test's own: for what would disturb others, or has to be ended by force."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from include.home import Home
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Warehouse, migrate, session
from tests.databases import make_quick
from tests.machine import port_for, wait_until


@dataclass(frozen=True)
class OwnServer:
    """A server that runs, and its migrated warehouse without seeds."""

    cluster: Cluster

    @property
    def warehouse(self) -> Warehouse:
        """Its warehouse, on the port it has now."""
        return Warehouse.of(self.cluster.settings, self.cluster.home)

    def update(self) -> None:
        """Migrate once more."""
        with session(self.warehouse.owner_dsn, application="tests") as owner:
            migrate(owner, self.warehouse.passwords)

    def kill(self) -> None:
        """End it as a power cut would, whatever its sessions are at."""
        process = psutil.Process(int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0]))
        all_of_it = [process, *process.children()]
        for each in all_of_it:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        wait_until(lambda: not any(each.is_running() for each in all_of_it), what="the end of PostgreSQL")

    def restart(self) -> None:
        """End it by force, and start it again."""
        self.kill()
        self.cluster.start()


@contextmanager
def own_server(home_directory: Path) -> Iterator[OwnServer]:
    """Start a server in a home of its own, for the length of a block."""
    settings = Settings.model_validate({"home": home_directory, "postgres_port": port_for("postgres")})
    home = Home.of(settings)
    cluster = Cluster.of(settings, home)
    cluster.start()
    try:
        make_quick(cluster)
        server = OwnServer(cluster)
        server.update()
        yield server
        server.kill()
    finally:
        cluster.stop()
        cluster.erase()
