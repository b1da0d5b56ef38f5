"""Where root lends PostgreSQL an account, that account gets nothing of root's by what it puts in root's way."""

import os
import pwd
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home
from include.local import backup as dumps
from include.local import postgres_files
from include.local.account import ROOT, is_root
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Warehouse, migrate, session
from tests.machine import port_for
from tests.planted import KINDS, plant

pytestmark = pytest.mark.skipif(not is_root(), reason="who is not root lends PostgreSQL no account: it runs as they do")

SECRET = "a line that is root's alone"
# What a path is made, changed or replaced by. To take a name away follows no link.
WRITES = ("open", "os.mkdir", "os.rename", "os.chown", "os.chmod", "os.link", "os.symlink", "os.truncate", "os.utime")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass
class Watch:
    """Notes what this process writes, by its path, and who owned the directory then."""

    is_on: bool = False
    written: set[tuple[Path, int]] = field(default_factory=set)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_on and event in WRITES and (event != "open" or arguments[2] & WRITING):
            ends = arguments[:2] if event in ("os.rename", "os.link") else arguments[:1]
            for path in (Path(os.fsdecode(each)) for each in ends if not isinstance(each, int)):
                self.written.add((path, path.parent.stat().st_uid))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("root") / "home"
    settings = Settings.model_validate({"home": home, "postgres_port": port_for("postgres")})
    cluster = Cluster.of(settings, Home.of(settings))
    yield cluster
    cluster.stop()
    cluster.erase()


@pytest.fixture(scope="module")
def written(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[Path, int]]:
    """What a start from nothing, a backup, a restore and a stop write."""
    watch, file = Watch(), tmp_path_factory.mktemp("backup") / "warehouse.dump"
    sys.addaudithook(watch.note)
    watch.is_on = True
    cluster.start()
    warehouse = Warehouse.of(cluster.settings, cluster.home)
    with session(warehouse.owner_dsn, application="tests") as owner:
        migrate(owner, warehouse.passwords)
    dumps.backup(warehouse, file)
    dumps.restore(warehouse, file, elsewhere=SIMULATED_DATABASE)
    cluster.stop()
    # A hook cannot be taken away.
    watch.is_on = False
    return watch.written


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A file of root's, which is as it was in the end."""
    victim = tmp_path / "victim"
    victim.write_text(SECRET)
    victim.chmod(0o600)
    before = victim.stat()
    yield victim
    after = victim.stat()
    assert victim.read_text() == SECRET
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


def account_of(cluster: Cluster) -> int:
    assert cluster.account is not None
    assert pwd.getpwuid(cluster.account.user_id).pw_uid != ROOT
    return cluster.account.user_id


def names_of(written: set[tuple[Path, int]], directory: Path) -> set[str]:
    """Names of what is written in a directory, as far as they can be foreseen, and those of their drafts."""
    names = {path.name for path, _ in written if path.parent == directory and not path.name.startswith((".", "tmp"))}
    return names | {f"{name.removesuffix('.draft')}.draft" for name in names}


def test_nothing_is_written_where_another_account_could_have_been_first(
    cluster: Cluster, written: set[tuple[Path, int]]
) -> None:
    assert {"postgresql.conf", "pg_hba.conf", "identity", "setup", "data.draft"} <= {path.name for path, _ in written}
    assert [path for path, owner in written if owner != ROOT] == []
    assert cluster.directory.stat().st_uid == ROOT
    assert cluster.data.stat().st_uid == account_of(cluster)


def open_to_account(cluster: Cluster) -> list[Path]:
    """What of the cluster's directory the account can change."""
    found = [cluster.directory, *cluster.directory.rglob("*")]
    inside = [path for path in found if cluster.data not in (path, *path.parents) and not path.is_symlink()]
    others = stat.S_IWGRP | stat.S_IWOTH
    return [path for path in inside if path.stat().st_uid != ROOT or path.stat().st_mode & others]


@pytest.mark.parametrize(("kind", "has_data"), [("file", True), ("pipe", True), ("link", True), ("link", False)])
def test_a_directory_that_was_the_accounts_is_taken_back_with_all_it_had_planted(
    cluster: Cluster, written: set[tuple[Path, int]], victim: Path, kind: str, has_data: bool
) -> None:
    """As a former Gridloom left it: the account could put whatever it liked beside the data."""
    account = account_of(cluster)
    names = names_of(written, cluster.directory)
    assert {"setup", "postgresql.conf", "pg_hba.conf.draft", "data.draft", "software.draft"} <= names
    if not has_data:
        shutil.rmtree(cluster.data)
    for directory in (cluster.directory, cluster.data) if has_data else (cluster.directory,):
        for name in names - {postgres_files.DATA, postgres_files.IDENTITY}:
            plant(kind, directory / name, victim, account)
    for path in (cluster.directory, cluster.directory / postgres_files.IDENTITY):
        os.chown(path, account, -1)
    cluster.directory.chmod(0o777)

    cluster.start()

    with closing(psycopg2.connect(**Warehouse.of(cluster.settings, cluster.home).owner)) as owner:
        assert owner.info.dbname == REAL_DATABASE
    cluster.stop()
    assert open_to_account(cluster) == []


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["data/postmaster.pid", "data/PG_VERSION"])
def test_what_is_read_of_the_account_is_looked_at_first(cluster: Cluster, victim: Path, name: str, kind: str) -> None:
    spoiled = cluster.directory / name
    kept = spoiled.read_bytes() if spoiled.exists() else None
    owner = spoiled.parent.stat().st_uid
    plant(kind, spoiled, victim, account_of(cluster))
    try:
        with pytest.raises(LocalError, match=f"{name} is not the file that PostgreSQL or Gridloom writes") as refused:
            cluster.start()
        assert SECRET not in str(refused.value)
    finally:
        spoiled.unlink()
        if kept is not None:
            spoiled.write_bytes(kept)
            os.chown(spoiled, owner, -1)


@pytest.mark.usefixtures("written")
def test_data_that_is_elsewhere_by_a_link_of_the_accounts_is_refused(cluster: Cluster) -> None:
    moved = cluster.data.rename(cluster.directory / "moved")
    cluster.data.symlink_to("/root")
    os.chown(cluster.data, account_of(cluster), -1, follow_symlinks=False)
    try:
        with pytest.raises(LocalError, match="is no directory of the user that PostgreSQL runs as"):
            Cluster.of(cluster.settings, cluster.home)
    finally:
        cluster.data.unlink()
        moved.rename(cluster.data)
