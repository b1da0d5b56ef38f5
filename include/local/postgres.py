"""The embedded PostgreSQL: one cluster per home, on 127.0.0.1 only, every login with a password.

It holds the warehouse (real and simulated rows in databases of their own) and Airflow's own database. Starting it is
idempotent; two commands that start it at once wait for each other.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from include.home import Home
from include.local import locks, logs, postgres_binaries, postgres_setup
from include.local.account import Account, is_root, server_account
from include.local.errors import LocalError
from include.local.ports import choose_port, first_free
from include.local.postgres_binaries import Binaries
from include.settings import Settings

STATE_OF_ROOT = Path("/var/lib/gridloom")
MAJOR_VERSION = "18"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
# What one session may take for itself. PostgreSQL has no such limit, and one query can ask for all there is; then the
# system would kill the server. No session of our own needs a tenth of it.
SESSION_MEMORY_KB = 2_000_000
# Another program may take the port between the look and the start.
START_ATTEMPTS = 3

CONFIGURATION = """\
# Written by Gridloom at every start.
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


@dataclass(frozen=True)
class Cluster:
    """The embedded server of one home: where it keeps its data and whom it runs as."""

    home: Home
    settings: Settings
    directory: Path
    account: Account | None

    @classmethod
    def of(cls, settings: Settings, home: Home) -> "Cluster":
        """Return the cluster of a home, started or not."""
        directory = _directory(home)
        return cls(home, settings, directory, server_account(directory / "data"))

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server says. Opened by us, so that it can stand in a home its user cannot enter."""
        return logs.service_log(self.home, "postgres")

    @property
    def port(self) -> int | None:
        """Port of the running server, or None."""
        status = _postmaster(self.data)
        return status.port if status is not None and status.is_ready else None

    @property
    def exists(self) -> bool:
        """Whether it was ever started."""
        return self.data.exists()

    def start(self) -> int:
        """Start the server unless it runs, and return its port. Raises LocalError saying what is in the way."""
        with locks.exclusive(self.home.path / "postgres.lock"):
            self._set_aside_strange_data()
            port = self.port or self._start()
            postgres_setup.ensure(self.home, self.settings, port, marker=self.directory / "setup")
            return port

    def stop(self) -> bool:
        """Stop the server, ending its sessions; tell whether it ran."""
        with locks.exclusive(self.home.path / "postgres.lock"):
            return self._stop()

    def erase(self) -> None:
        """Delete the data, and the copy of the programs. The server must be stopped."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _stop(self) -> bool:
        if _postmaster(self.data) is None:
            return False
        ended = self._call("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S))
        if ended.returncode != 0 and _postmaster(self.data) is not None:
            raise LocalError(f"PostgreSQL did not stop within {STOP_TIMEOUT_S} s; see {self.log}")
        return True

    def _set_aside_strange_data(self) -> None:
        """Move data whose home was deleted, passwords and all, out of the way of a new home at the same path."""
        identity = self.directory / "identity"
        if not self.data.exists() or _read(identity) == self.home.secret("cluster"):
            return
        self._stop()
        aside = self.directory.with_name(f"{self.directory.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        self.directory.rename(aside)
        print(f"the data of a former {self.home.path} was moved to {aside}", file=sys.stderr)

    def _start(self) -> int:
        self._make_directories()
        if not self.data.exists():
            self._initialise()
        self._check_version()
        _forget_dead_postmaster(self.data)
        port = choose_port(
            self.home,
            "postgres",
            host=self.settings.bind_host,
            asked=self.settings.postgres_port,
            is_explicit="postgres_port" in self.settings.model_fields_set,
        )
        for _ in range(START_ATTEMPTS):
            if self._listen_on(port):
                return port
            port = first_free(self.settings.bind_host, [])
            self.home.remember_port("postgres", port)
        raise LocalError(f"PostgreSQL found no port to listen on; see {self.log}")

    def _listen_on(self, port: int) -> bool:
        """Start on this port; return False where another program has taken it."""
        self._write("postgresql.conf", CONFIGURATION.format(host=self.settings.bind_host, port=port))
        self._write("pg_hba.conf", ACCESS)
        with logs.bounded(self.log) as log:
            options = ["start", "-D", str(self.data), "-w", "-t", str(START_TIMEOUT_S), "-s"]
            # The server keeps pg_ctl's output: our log, and not the terminal.
            started = self._run("pg_ctl", *options, memory_kb=SESSION_MEMORY_KB, stdout=log.pipe, stderr=log.pipe)
        if started.returncode == 0:
            return True
        said = log.last_words()
        if "Address already in use" in said:
            return False
        raise LocalError(_why("PostgreSQL did not start", said, self.data) + f"; see {self.log}")

    def _initialise(self) -> None:
        """Make the cluster under another name first, so that one that was cut short is never used."""
        draft = self.data.with_name("data.draft")
        shutil.rmtree(draft, ignore_errors=True)
        password = self.directory / "password"
        try:
            self._write_private(password, self.home.secret("postgres_password"))
            made = self._call(
                "initdb",
                f"--pgdata={draft}",
                f"--pwfile={password}",
                *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                # Sorts by code point on every machine, whatever locales it has.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            )
        finally:
            password.unlink(missing_ok=True)
        if made.returncode != 0:
            raise LocalError(_why("PostgreSQL could not make its data directory", made.stderr, self.directory))
        draft.rename(self.data)

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise LocalError(
                f"{self.data} was written by PostgreSQL {version} and this is {MAJOR_VERSION};"
                " dump it with the former version, or set GRIDLOOM_HOME to a new directory"
            )

    def _make_directories(self) -> None:
        try:
            self.directory.mkdir(mode=0o755 if self.account else 0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LocalError(f"cannot make {self.directory} for PostgreSQL's data: {error.strerror}") from error
        if self.account is not None:
            self.account.own(self.directory)
            self._check_reachable(self.account)
        if not self.data.exists():
            self._write_private(self.directory / "identity", self.home.secret("cluster"))

    def _check_reachable(self, account: Account) -> None:
        options = account.process_options
        reached = subprocess.run(["/bin/sh", "-c", 'cd "$0"', str(self.directory)], check=False, **options)  # noqa: S603
        if reached.returncode != 0:
            raise LocalError(
                f"the user PostgreSQL runs as ({account.name}) cannot enter {self.directory};"
                " run as a normal user, or set GRIDLOOM_WAREHOUSE_URL to a PostgreSQL of your own"
            )

    def _binaries(self) -> Binaries:
        found = postgres_binaries.installed()
        return postgres_binaries.copied(found, self.directory / "software") if self.account else found

    def _call(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self._run(program, *arguments, capture_output=True, text=True)

    def _run(
        self, program: str, *arguments: str, memory_kb: int | None = None, **how: Any
    ) -> "subprocess.CompletedProcess[Any]":
        command = [self._binaries()[program], *arguments]
        if memory_kb is not None:
            # Whatever it starts inherits the limit.
            command = ["/bin/sh", "-c", 'ulimit -S -d "$0"; exec "$@"', str(memory_kb), *command]
        # A short environment: none of the caller's PG… variables reach the server.
        environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.directory)}
        identity = self.account.process_options if self.account else {}
        try:
            return subprocess.run(  # noqa: S603 - our own programs and paths
                command, check=False, env=environment, stdin=subprocess.DEVNULL, **identity, **how
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise LocalError(f"cannot run {command[0]}: {error}; {postgres_binaries.REINSTALL}") from error

    def _write(self, name: str, text: str) -> None:
        self._write_private(self.data / name, text)

    def _write_private(self, path: Path, text: str) -> None:
        draft = path.with_name(path.name + ".draft")
        draft.touch(mode=0o600)
        draft.write_text(text)
        if self.account is not None:
            self.account.own(draft)
        draft.replace(path)


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _directory(home: Home) -> Path:
    if not is_root():
        return home.path / "postgres"
    return STATE_OF_ROOT / hashlib.sha256(str(home.path).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _Postmaster:
    """What a running server wrote into postmaster.pid."""

    port: int
    is_ready: bool


def _postmaster(data: Path) -> _Postmaster | None:
    """Return the running server of a data directory, or None.

    The lines are: pid, data directory, start, port, socket directory, address, shared memory, status.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not _is_server_of(data, int(lines[0])):
        return None
    port_line, status_line = 3, 7
    if len(lines) <= status_line:
        return _Postmaster(port=0, is_ready=False)
    return _Postmaster(int(lines[port_line]), is_ready=lines[status_line].strip() == "ready")


def _is_server_of(data: Path, pid: int) -> bool:
    """Tell whether a process is PostgreSQL at work on this data, and not a stranger that was given the same pid."""
    try:
        process = psutil.Process(pid)
        return process.name().startswith("postgres") and Path(process.cwd()) == data
    except psutil.Error:
        return False


def _forget_dead_postmaster(data: Path) -> None:
    """Remove a postmaster.pid whose pid now belongs to another program; PostgreSQL would take that for itself."""
    if _postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _why(what: str, said: str, where: Path) -> str:
    """Return one line: what happened, and the server's own last word on it."""
    if "No space left on device" in said:
        return f"{what}: the disk that holds {where} is full"
    if "error while loading shared libraries" in said or "cannot execute" in said:
        return f"{what}: its program does not run on this machine ({said.strip().splitlines()[0]})"
    telling = [line for line in said.splitlines() if any(word in line for word in ("FATAL", "PANIC", "error:"))]
    last = (telling or said.strip().splitlines() or ["it said nothing"])[-1]
    return f"{what}: {last.strip()}"
