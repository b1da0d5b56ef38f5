"""A home in which all is done that is done once: its server has data, its warehouse and Airflow have their tables.

It is made once for each state of what it is made of, and copied: a machine of a test is up in half the time then.
"""

import os
import shutil
import subprocess
from pathlib import Path

from psycopg2.extensions import parse_dsn

from include.home import REAL_DATABASE, Home
from include.local import airflow, locks, prepare
from include.local.postgres import Cluster
from include.settings import Settings
from include.transformation.dbt import Dbt
from include.warehouse import Role, Warehouse
from tests.databases import checksum, make_quick
from tests.machine import port_for

# What knows where the home lies, and is made anew by whoever needs it.
NOT_KEPT = ("airflow", "logs", "ports.json")


def copy_to(home: Path) -> None:
    """Fill a home, which must not be there yet, with the prepared one; nothing runs in it."""
    prepared = Path(os.environ["GRIDLOOM_HOME"]).resolve() / "tests.prepared"
    prepared.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locks.exclusive(prepared / "lock"):
        made = prepared / checksum("requirements.txt")
        if not made.exists():
            _prepare(prepared / "home", made)
        read = made / "read" / str(port_for("postgres"))
        if not read.exists():
            _read_project(made / "home", read)
    _copy(made / "home", home)
    _copy(read, _dbt_of(home))
    directory = _cluster_of(home).directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    _copy(made / "cluster", directory)


def _prepare(home: Path, made: Path) -> None:
    """Do what `gridloom up` does first, and put it aside under a name that says what it is made of."""
    for former in filter(Path.is_dir, made.parent.iterdir()):
        shutil.rmtree(former)
    cluster = _cluster_of(home)
    cluster.stop()
    cluster.erase()
    cluster.home.choose(REAL_DATABASE)
    cluster.start()
    try:
        make_quick(cluster)
        prepare.prepare_warehouse(cluster.settings, cluster.home)
        airflow.migrate_database(cluster.settings, cluster.home)
    finally:
        cluster.stop()
    draft = made.with_name("draft")
    draft.mkdir()
    # Where the data lies within the home, it is moved out of it first.
    shutil.move(cluster.directory, draft / "cluster")
    home.rename(draft / "home")
    for path in (draft / "home" / name for name in NOT_KEPT):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    draft.rename(made)


def _read_project(home: Path, read: Path) -> None:
    """Have dbt read the project as it does in a home with a server at our port: it takes no other's word for that."""
    settings = Settings.model_validate({"home": home, "postgres_port": port_for("postgres")})
    there = Home.of(settings)
    login = parse_dsn(Warehouse.of(settings, there).dsn(Role.TRANSFORMER))
    draft = read.with_name("draft")
    Dbt({**login, "port": str(port_for("postgres"))}, draft).warm_up()
    draft.rename(read)


def _dbt_of(home: Path) -> Path:
    return home / "dbt" / REAL_DATABASE


def _cluster_of(home: Path) -> Cluster:
    settings = Settings.model_validate({"home": home})
    return Cluster.of(settings, Home.of(settings))


def _copy(made: Path, to: Path) -> None:
    """Copy a directory with its owners, which `shutil` does not keep."""
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{made}/.", str(to)], check=True)
