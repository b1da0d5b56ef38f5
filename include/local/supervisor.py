"""Keeps the services running: `python -m include.local.supervisor [--keep-up]`.

Started by `up` it runs until `down`. Started by `run` it ends when no command uses it any more, even when that
command was killed, because the lock that shows the use goes with its holder.
"""

import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType

import psutil

from include.home import Home
from include.local import locks, logs, processes, services
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.local.processes import ProcessId
from include.local.services import PATIENCE_S, Running, Service, State
from include.settings import Settings

TICK_S = 0.25
# A service that keeps dying is started again after 1, 2, 4 … seconds.
LONGEST_BACK_OFF_S = 60.0
POSTGRES_BACK_OFF_S = 5.0
# One that has lived this long is well again.
RECOVERED_AFTER_S = 120.0
# After a run no task is left that would need time to end.
PATIENCE_AFTER_RUN_S = 2.0


@dataclass
class Ward:
    """A service in the supervisor's care."""

    service: Service
    home: Home
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    since: str = ""
    failures: int = 0
    restarts: int = -1
    next_start_at: float = 0.0

    def look_after(self) -> bool:
        """Start the service if it does not run and its back-off is over; tell whether anything changed."""
        now = time.monotonic()
        if self.process is not None:
            return self._note_death(now)
        if now < self.next_start_at:
            return False
        self._start(now)
        return True

    @property
    def running(self) -> Running | None:
        """What is told of it, or None while it does not run."""
        if self.process is None:
            return None
        try:
            return Running(ProcessId.of(self.process.pid), self.since, self.restarts)
        except psutil.NoSuchProcess:
            return None

    def _note_death(self, now: float) -> bool:
        if self.process is None or self.process.poll() is None:
            return False
        self.failures = 1 if now - self.started_at > RECOVERED_AFTER_S else self.failures + 1
        back_off_s = min(2.0 ** (self.failures - 1), LONGEST_BACK_OFF_S)
        _say(f"{self.service.name} ended with code {self.process.returncode}; it is started again in {back_off_s:g} s")
        self.process = None
        self.next_start_at = now + back_off_s
        return True

    def _start(self, now: float) -> None:
        with logs.bounded(self.service.log(self.home)) as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                self.service.command,
                env=dict(self.service.environment),
                cwd=self.home.path,
                stdin=subprocess.DEVNULL,
                stdout=log.pipe,
                stderr=log.pipe,
                start_new_session=True,
            )
        self.started_at = now
        self.since = services.utc_now()
        self.restarts += 1


@dataclass
class Supervisor:
    """The services of one home."""

    home: Home
    settings: Settings
    is_kept_up: bool
    ended: threading.Event

    def run(self) -> None:
        """Run until told to end, or until nobody uses the services."""
        port, (wards, state) = self.home.port("postgres"), self._begin()
        try:
            while self.is_needed():
                found = self._look_after_postgres()
                if found not in (None, port):
                    port, (wards, state) = found, self._begin_anew()
                self._look_after(wards, state)
                self.ended.wait(TICK_S)
        finally:
            patience_s = PATIENCE_S if self.is_kept_up else PATIENCE_AFTER_RUN_S
            processes.end_services(self.home.path, patience_s=patience_s)
            (self.home.path / services.STATE).unlink(missing_ok=True)

    def _begin(self) -> tuple[list[Ward], State]:
        """Return the services that are to run, none of which does, and what is told of them."""
        follows_schedules = self.is_kept_up and self.settings.follow_schedules
        declared = services.declared(
            self.settings, self.home, follows_schedules=follows_schedules, is_kept_up=self.is_kept_up
        )
        fingerprint = services.fingerprint(self.settings, self.home)
        state = State(ProcessId.current(), self.is_kept_up, fingerprint, services.utc_now())
        return [Ward(service, self.home) for service in declared], state

    def _begin_anew(self) -> tuple[list[Ward], State]:
        """End the services, which would go on logging in at a port that is another program's now."""
        _say("PostgreSQL has another port; the services are started again")
        processes.end_services(self.home.path, patience_s=PATIENCE_AFTER_RUN_S)
        return self._begin()

    def is_needed(self) -> bool:
        """Tell whether there is anyone to run for."""
        return not self.ended.is_set() and (self.is_kept_up or locks.is_held(services.in_use(self.home)))

    def _look_after(self, wards: list[Ward], state: State) -> None:
        changed = [ward for ward in wards if ward.look_after()]
        if changed:
            told = {ward.service.name: ward.running for ward in wards}
            alive = {name: running for name, running in told.items() if running is not None}
            State(state.supervisor, state.is_kept_up, state.fingerprint, state.started_at, alive).write(self.home)

    def _look_after_postgres(self) -> int | None:
        """Start PostgreSQL where it has ended; return its port, or None where it does not start."""
        cluster = Cluster.of(self.settings, self.home)
        port = cluster.port
        if port is not None:
            return port
        _say("PostgreSQL has ended; it is started again")
        try:
            return cluster.start()
        except LocalError as error:
            _say(str(error))
            self.ended.wait(POSTGRES_BACK_OFF_S)
            return None


def main() -> None:
    """Supervise the services of the home that the environment names."""
    settings = Settings()
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    Supervisor(Home.of(settings), settings, "--keep-up" in sys.argv[1:], ended).run()


def _say(what: str) -> None:
    print(services.utc_now(), what, flush=True)


if __name__ == "__main__":
    main()
