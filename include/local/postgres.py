"""The embedded PostgreSQL: one cluster per home, on 127.0.0.1 only, every login with a password.

It holds the warehouse (real and simulated rows in databases of their own) and Airflow's own database. Starting it is
idempotent; two commands that start it at once wait for each other.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.home import Home, replace_file
from include.local import locks, logs, postgres_binaries, postgres_files, postgres_setup, postmaster
from include.local.account import Account, is_root, server_account
from include.local.errors import LocalError
from include.local.ports import choose_port, first_free
from include.local.postgres_binaries import Binaries
from include.settings import Settings

STATE_OF_ROOT = Path("/var/lib/gridloom")
MAJOR_VERSION = "18"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
# For a server that asks nobody any more.
END_TIMEOUT_S = 30
POLL_S = 0.1
# Of making a data directory, and of a start that is still waiting when it should have given up.
PROGRAM_TIMEOUT_S = 300
# What a server does: end its sessions and then itself, or everything at once.
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
# What one session may take for itself. PostgreSQL has no such limit, and one query can ask for all there is; then the
# system would kill the server. No session of our own needs a tenth of it.
SESSION_MEMORY_KB = 2_000_000
# Another program may take the port between the look and the start.
START_ATTEMPTS = 3


@dataclass(frozen=True)
class Cluster:
    """The embedded server of one home: where it keeps its data and whom it runs as."""

    home: Home
    settings: Settings
    directory: Path
    account: Account | None
    stop_timeout_s: int = STOP_TIMEOUT_S
    """How long sessions may take to end when they are told to."""

    @classmethod
    def of(cls, settings: Settings, home: Home) -> "Cluster":
        """Return the cluster of a home, started or not."""
        directory = _directory(home)
        return cls(home, settings, directory, server_account(directory / postgres_files.DATA))

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.directory / postgres_files.DATA

    @property
    def log(self) -> Path:
        """What the server says. Opened by us, so that it can stand in a home its user cannot enter."""
        return logs.service_log(self.home, "postgres")

    @property
    def port(self) -> int | None:
        """Port of the running server, or None."""
        server = postmaster.find(self.data)
        return server.port if server is not None and server.is_ready else None

    @property
    def exists(self) -> bool:
        """Whether it was ever started."""
        return self.data.exists()

    def start(self) -> int:
        """Start the server unless it runs, and return its port. Raises LocalError saying what is in the way."""
        with locks.exclusive(self.home.path / "postgres.lock"):
            if self.account is not None:
                postgres_files.take_back(self.directory)
            self._set_aside_strange_data()
            self._let_it_stop()
            port = self.port or self._start()
            postgres_setup.ensure(self.home, self.settings, port, marker=self.directory / "setup")
            return port

    def stop(self) -> bool:
        """Stop the server, ending its sessions; tell whether it ran. One that cannot be told to is ended all the same.

        Raises LocalError where not even that ends it.
        """
        with locks.exclusive(self.home.path / "postgres.lock"):
            return self._stop()

    def erase(self) -> None:
        """Delete the data, and the copy of the programs. The server must be stopped."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _stop(self) -> bool:
        """Tell the server to end its sessions and itself; where one does not hear it, tell it to end at once."""
        server = postmaster.find(self.data)
        if server is None:
            return False
        server.tell(FAST)
        if not self._has_ended(self.stop_timeout_s):
            print(
                f"PostgreSQL did not stop within {self.stop_timeout_s} s and is ended at once;"
                f" in the way: {', '.join(server.sessions()) or 'no session'}",
                file=sys.stderr,
            )
            server.tell(IMMEDIATE)
            if not self._has_ended(END_TIMEOUT_S):
                raise LocalError(f"PostgreSQL did not end within {END_TIMEOUT_S} s; see {self.log}")
        return True

    def _has_ended(self, timeout_s: float) -> bool:
        """Tell whether the server ends within this time."""
        deadline = time.monotonic() + timeout_s
        while postmaster.find(self.data) is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def _let_it_stop(self) -> None:
        """See a server off that was told to stop and still waits for its sessions: it lets nobody in."""
        server = postmaster.find(self.data)
        if server is not None and server.is_stopping:
            self._stop()

    def _set_aside_strange_data(self) -> None:
        """Move data whose home was deleted, passwords and all, out of the way of a new home at the same path."""
        identity = postgres_files.read_small(self.directory / postgres_files.IDENTITY)
        if not self.data.exists() or identity == self.home.secret("cluster"):
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
        postmaster.forget_dead(self.data)
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
        postgres_files.write_configuration(self.directory, host=self.settings.bind_host, port=port)
        with logs.bounded(self.log) as log:
            options = ["start", "-D", str(self.directory), "-w", "-t", str(START_TIMEOUT_S), "-s"]
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
        draft = self.data.with_name(f"{self.data.name}.draft")
        postgres_files.make_draft(draft, self.account)
        with postgres_files.file_for(self.account, self.directory, self.home.secret("postgres_password")) as password:
            made = self._call(
                "initdb",
                f"--pgdata={draft}",
                f"--pwfile={password}",
                *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                # Sorts by code point on every machine, whatever locales it has.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            )
        if made.returncode != 0:
            raise LocalError(_why("PostgreSQL could not make its data directory", made.stderr, self.directory))
        draft.rename(self.data)

    def _check_version(self) -> None:
        file = self.data / "PG_VERSION"
        version = (postgres_files.read_small(file) or "").strip()
        if not version.isdecimal():
            raise postgres_files.spoiled(file)
        if version != MAJOR_VERSION:
            raise LocalError(
                f"{self.data} was written by PostgreSQL {version} and this is {MAJOR_VERSION};"
                " dump it with the former version, or set GRIDLOOM_HOME to a new directory"
            )

    def _make_directories(self) -> None:
        postgres_files.make_directory(self.directory, self.account)
        if self.account is not None:
            self._check_reachable(self.account)
        if not self.data.exists():
            replace_file(self.directory / postgres_files.IDENTITY, self.home.secret("cluster"))

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
                command,
                check=False,
                env=environment,
                stdin=subprocess.DEVNULL,
                timeout=PROGRAM_TIMEOUT_S,
                **identity,
                **how,
            )
        except subprocess.TimeoutExpired as error:
            raise LocalError(f"{program} did not end within {PROGRAM_TIMEOUT_S} s; look at {self.data}") from error
        except (OSError, subprocess.SubprocessError) as error:
            raise LocalError(f"cannot run {command[0]}: {error}; {postgres_binaries.REINSTALL}") from error


def _directory(home: Home) -> Path:
    if not is_root():
        return home.path / "postgres"
    return STATE_OF_ROOT / hashlib.sha256(str(home.path).encode()).hexdigest()[:12]


def _why(what: str, said: str, where: Path) -> str:
    """Return one line: what happened, and the server's own last word on it."""
    if "No space left on device" in said:
        return f"{what}: the disk that holds {where} is full"
    if "error while loading shared libraries" in said or "cannot execute" in said:
        return f"{what}: its program does not run on this machine ({said.strip().splitlines()[0]})"
    telling = [line for line in said.splitlines() if any(word in line for word in ("FATAL", "PANIC", "error:"))]
    last = (telling or said.strip().splitlines() or ["it said nothing"])[-1]
    return f"{what}: {last.strip()}"
