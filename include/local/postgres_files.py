"""The files of the embedded server: whose they are, and how they are read and written.

Where root lends PostgreSQL an account, that account may put a link, a pipe or a file of its own wherever it may write.
So all but the data lies in a directory of root's, and what is read of the data is looked at first.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.home import replace_file
from include.local.account import ROOT, Account
from include.local.errors import LocalError

DATA = "data"
IDENTITY = "identity"
SMALL_BYTES = 10_000

CONFIGURATION = """\
# Written by Gridloom at every start.
data_directory = {data}
hba_file = {access}
ident_file = {idents}
listen_addresses = '{host}'
port = {port}
# No socket file: whoever wants in needs a password.
unix_socket_directories = ''
max_connections = 100

shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB

# One server, no replicas: tables that are made and filled in one transaction skip the log.
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
min_wal_size = 128MB
checkpoint_timeout = 15min

datestyle = 'iso, dmy'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.english'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
"""

ACCESS = """\
# Written by Gridloom at every start. The superuser never enters from outside this machine.
host  all  postgres  127.0.0.1/32  scram-sha-256
host  all  postgres  all           reject
host  all  all       all           scram-sha-256
"""


def make_directory(directory: Path, account: Account | None) -> None:
    """Make the directory that holds the data and what we note of it. Raises LocalError."""
    try:
        directory.mkdir(mode=0o755 if account else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"cannot make {directory} for PostgreSQL's data: {error.strerror}") from error


def take_back(directory: Path) -> None:
    """Make root the owner of a directory that a former Gridloom gave to the account, and of all in it but the data.

    Raises LocalError where the directory it lies in is not root's either.
    """
    parent = directory.parent
    if parent.exists() and parent.stat().st_uid != ROOT:
        raise LocalError(
            f"{parent} is not root's, and whoever owns it could change what root starts: chown root {parent}"
        )
    if not directory.is_dir():
        return
    strange = [entry for entry in directory.iterdir() if entry.name != DATA and entry.lstat().st_uid != ROOT]
    if directory.stat().st_uid == ROOT and not strange:
        return
    identity = read_small(directory / IDENTITY)
    os.chown(directory, ROOT, ROOT, follow_symlinks=False)
    directory.chmod(0o755)
    for entry in strange:
        if entry.name != IDENTITY:
            remove(entry)
    if identity is not None:
        replace_file(directory / IDENTITY, identity)


def remove(path: Path) -> None:
    """Delete a file, a link or a whole directory, whatever stands there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_draft(draft: Path, account: Account | None) -> None:
    """Make an empty directory for the account, in place of whatever stood there."""
    remove(draft)
    draft.mkdir(mode=0o700)
    if account is not None:
        os.chown(draft, account.user_id, account.group_id, follow_symlinks=False)


@contextmanager
def file_for(account: Account | None, directory: Path, text: str) -> Iterator[Path]:
    """Keep a text for the length of a block in a file that only the account may read."""
    handle, path = tempfile.mkstemp(dir=directory)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            if account is not None:
                os.fchown(handle, account.user_id, account.group_id)
        yield Path(path)
    finally:
        Path(path).unlink()


def write_configuration(directory: Path, *, host: str, port: int) -> None:
    """Write what PostgreSQL reads when it is started on this directory: not in the data, where it could be changed."""
    data, access = directory / DATA, directory / "pg_hba.conf"
    paths = {"data": data, "access": access, "idents": data / "pg_ident.conf"}
    quoted = {name: _quoted(path) for name, path in paths.items()}
    replace_file(access, ACCESS, mode=0o644)
    replace_file(directory / "postgresql.conf", CONFIGURATION.format(host=host, port=port, **quoted), mode=0o644)


def read_small(path: Path) -> str | None:
    """Return what a small file holds, or None where there is none.

    Raises LocalError where a link, a pipe or a large file stands in its place: none of them is read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise spoiled(path) from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > SMALL_BYTES:
            raise spoiled(path)
        return file.read(SMALL_BYTES).decode(errors="replace")


def spoiled(path: Path) -> LocalError:
    """Return what is to be said of a file that is not what it should be."""
    return LocalError(f"{path} is not the file that PostgreSQL or Gridloom writes; find out who put it there")


def _quoted(path: Path) -> str:
    """Return a path as postgresql.conf takes it."""
    escaped = str(path).replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
