"""The publisher's faults, spoilt answers and kills, given to each peer as to the platform: who loses or admits what.

`make peers` plays them, in a PostgreSQL of its own, and prints a table. A peer's table is held against the publisher's
file, as the platform's is.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import tests.faults.environment  # noqa: F401 - before anything of the platform is imported
from benchmarks.peers.columns import FUELS
from include.settings import REPOSITORY, Settings
from include.warehouse import connect
from tests.faults import bodies, runs
from tests.faults.bodies import RECORDED, ROWS, Portal, deserved, portal
from tests.faults.ground import HISTORY_STARTS, LOOK_BACK_DAYS, Ground, lane
from tests.faults.mutations import KINDS, mutations, sound
from tests.faults.published import Copy, copy_of, download, instant, lines_of
from tests.simulated_portal import SimulatedPortal

COMPARED = (*FUELS, "GENERATION", "CARBON_INTENSITY")
FAULTS = (
    *("429", "500", "html", "empty", "cut-off", "cut-off-honest", "dropped", "records-truncated", "silently-short"),
    *("silently-short-count", "missing-half-hours", "409", "redirect", "gzip-bomb", "renamed-column"),
    *("retyped-column", "duplicate-rows", "null-values", "bad-row", "out-of-order-rows", "text-numbers"),
    *("plain-numbers", "new-column", "withdrawn-tail"),
)
# Faults that are no faults of an answer: the rows are to come in.
HARMLESS = ("out-of-order-rows", "text-numbers", "plain-numbers", "new-column")
STRUCK_ROWS, WITHDRAWN = 3, 6
POSTGRES_PORT = 5861
POLL_S, PATIENCE_S = 0.01, 60.0

Held = dict[datetime, tuple[float, ...]]
Window = tuple[datetime, datetime]


class Loader(Protocol):
    """Something that brings a window from a portal into a table."""

    name: str

    @property
    def dsn(self) -> str:
        """How to look into its database."""

    def load(self, url: str, window: Window, *, kill_after_s: float | None = None) -> int:
        """Load, and be killed after so many seconds; return the exit code."""

    def held(self) -> tuple[Held, int]:
        """Return what a reader sees, and how many rows stand there twice."""

    def begin_anew(self) -> None:
        """Forget everything, so that what one fault has left behind is not held against the next."""


@dataclass
class Peer:
    """A peer, in its own environment."""

    name: str
    python: str
    dsn: str
    state: Path
    read: str
    process: Any = None

    def __enter__(self) -> "Peer":
        environment = {**os.environ, "PEER_STATE": str(self.state), "RUNTIME__DLTHUB_TELEMETRY": "false"}
        self.process = subprocess.Popen(
            [self.python, "-m", "benchmarks.peers.serve", self.name.split()[0]],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()

    def load(self, url: str, window: Window, *, kill_after_s: float | None = None) -> int:
        start, end = (each.replace(tzinfo=None).isoformat() for each in window)
        asked = {"portal": url, "start": start, "end": end, "dsn": self.dsn, "kill_after_s": kill_after_s}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return int(json.loads(self.process.stdout.readline())["code"])

    def held(self) -> tuple[Held, int]:
        return _rows(self.dsn, self.read)

    def begin_anew(self) -> None:
        owner = connect(self.dsn, application="peers")
        with owner, owner.cursor() as cursor:
            cursor.execute("drop table if exists generation_mix; drop schema if exists neso cascade")
            cursor.execute("drop schema if exists neso_staging cascade")
        owner.close()
        shutil.rmtree(self.state, ignore_errors=True)


@dataclass
class Ours:
    """The platform, given the same."""

    ground: Ground
    name: str = "gridloom"

    @property
    def dsn(self) -> str:
        return self.ground.witness.dsn

    def load(self, url: str, window: Window, *, kill_after_s: float | None = None) -> int:
        settings = self.ground.place.settings.model_copy(update={"neso_url": url})
        self.ground.place = replace(self.ground.place, settings=settings)
        run = self.ground.spanning(*window).begin()
        return run.wait(kill_after_s=kill_after_s if kill_after_s is not None else runs.LIMIT_S).code

    def held(self) -> tuple[Held, int]:
        columns = ", ".join(f"{fuel}_mw" for fuel in _FUEL_NAMES)
        read = f"select period_started_at, {columns}, generation_mw, carbon_intensity_g_per_kwh"
        return _rows(self.dsn, f"{read} from analytics.half_hourly_generation")

    def begin_anew(self) -> None:
        raise AssertionError("the platform did not heal")


_FUEL_NAMES = (
    *("gas", "coal", "nuclear", "wind", "embedded_wind", "hydro", "imports", "biomass", "other", "solar", "storage"),
)


def _rows(dsn: str, read: str) -> tuple[Held, int]:
    connection = connect(dsn, application="peers")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(read)
            rows = cursor.fetchall()
    finally:
        connection.close()
    held = {row[0]: tuple(row[1:]) for row in rows}
    return held, len(rows) - len(held)


def _wait_until_alone(dsn: str) -> None:
    """Wait until the server has ended what a dead client had sent."""
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    connection = connect(dsn, application="peers")
    connection.autocommit = True
    deadline = time.monotonic() + PATIENCE_S
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(others)
        while cursor.fetchone() != (0,):
            if time.monotonic() > deadline:
                raise TimeoutError(f"a dead client's session is still open after {PATIENCE_S:g} s")
            time.sleep(POLL_S)
            cursor.execute(others)


@dataclass
class Account:
    """What one loader came to in one family: faults played, survived, and what was wrong how often."""

    played: int = 0
    survived: int = 0
    wrongs: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    def add(self, fault: str, wrongs: set[str]) -> None:
        """Add a fault."""
        self.played += 1
        self.survived += not wrongs
        self.wrongs.update(wrongs)
        self.details += [f"{fault}: {', '.join(sorted(wrongs))}"] if wrongs else []


def seen_of(copy: Copy) -> Held:
    """Return the columns that are compared."""
    return {at: tuple(row[name] for name in COMPARED) for at, row in copy.items()}


def wrongs_now(held: Held, twice: int, before: Held, after: Held) -> set[str]:
    """Say what a reader sees wrong right after a fault: neither the former state nor the new one."""
    wrong = [at for at, row in held.items() if row not in (before.get(at), after.get(at))]
    lost = [at for at in before.keys() & after.keys() if at not in held]
    differ = [at for at in before.keys() | after.keys() if before.get(at) != after.get(at)]
    old = sum(held.get(at) == before.get(at) for at in differ)
    new = sum(held.get(at) == after.get(at) for at in differ)
    return {
        *(["wrong rows admitted"] if wrong or twice else []),
        *(["rows lost"] if lost else []),
        *(["half of it visible"] if old > STRUCK_ROWS and new > STRUCK_ROWS else []),
    }


@dataclass
class Trial:
    """One loader under fire."""

    loader: Loader
    account: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))

    def publishers_faults(self, simulator: SimulatedPortal) -> None:
        """Every fault of the simulator, lasting, and then a sound answer."""
        now = datetime.fromisoformat("2026-05-03T12:00:00+00:00")
        simulator.reset()
        before = self._sound(simulator, now)
        for fault in FAULTS:
            now += timedelta(hours=6)
            if fault == "withdrawn-tail":  # what is withdrawn must have been there
                simulator.set(start=HISTORY_STARTS, now=now.isoformat())
                self.loader.load(simulator.url, _window(now))
                before, _ = self.loader.held()
            simulator.set(start=HISTORY_STARTS, now=now.isoformat(), fault=fault, slow_seconds=5)
            after = before | self._told(simulator, now)
            if fault == "withdrawn-tail":
                after = {at: row for at, row in after.items() if at not in sorted(after)[-WITHDRAWN:]}
            code = self.loader.load(simulator.url, _window(now))
            held, twice = self.loader.held()
            wrongs = wrongs_now(held, twice, before, after)
            wrongs |= {"a sound answer refused"} if fault in HARMLESS and (code or held != after) else set()
            wrongs |= {"withdrawn rows stay"} if fault == "withdrawn-tail" and held.keys() - after.keys() else set()
            simulator.set(fault=None)
            after = self._sound(simulator, now, before)
            wrongs |= self._not_healed(simulator.url, _window(now), after)
            before, _ = self.loader.held()
            self.account["the publisher's faults"].add(fault, wrongs)

    def kills(self, simulator: SimulatedPortal, *, count: int, dice: random.Random) -> None:
        """SIGKILL at random instants of a load, the publisher going on."""
        now = datetime.fromisoformat("2026-05-20T12:00:00+00:00")
        simulator.reset()
        before = self._sound(simulator, now)
        began_at = time.monotonic()
        self.loader.load(simulator.url, _window(now))
        length_s = time.monotonic() - began_at
        for number in range(count):
            now += timedelta(hours=6)
            simulator.set(start=HISTORY_STARTS, now=now.isoformat())
            after = before | self._told(simulator, now)
            self.loader.load(simulator.url, _window(now), kill_after_s=dice.uniform(0, length_s))
            _wait_until_alone(self.loader.dsn)
            wrongs = wrongs_now(*self.loader.held(), before, after)
            wrongs |= self._not_healed(simulator.url, _window(now), after)
            before, _ = self.loader.held()
            self.account["kill -9 at random instants"].add(str(number), wrongs)

    def spoilt_answers(self, serving: Portal, recorded: Path, *, count: int, seed: int) -> None:
        """Spoilt real answers, each followed by the sound one."""
        lines = list(lines_of(recorded / RECORDED))[-ROWS:]
        first, last = instant(lines[0]["DATETIME"]), instant(lines[-1]["DATETIME"])
        window = (first, last + timedelta(minutes=30))
        baseline, body = seen_of(copy_of(dict(line) for line in lines)), sound(lines).body()
        serving.publish(body)
        assert self._settled(serving.url, window, baseline), "without any fault"
        for mutation in mutations(lines, count=count, seed=seed):
            serving.publish(mutation.body)
            self.loader.load(serving.url, window)
            told = deserved(mutation.body, bodies.Window(*window))
            allowed = {at: tuple(row[name] for name in COMPARED) for at, row in told.sound.items()}
            held, twice = self.loader.held()
            held = {at: row for at, row in held.items() if at >= first or at not in baseline}
            inside = {at: row for at, row in held.items() if first <= at < window[1]}
            wrong = [at for at, row in inside.items() if row not in (baseline.get(at), allowed.get(at))]
            lost = [at for at in baseline if at not in inside and (at in told.mentioned or not told.is_readable)]
            wrongs = {"wrong rows admitted"} if wrong or twice else set()
            wrongs |= {"rows lost"} if lost else set()
            serving.publish(body)
            wrongs |= self._not_healed(serving.url, window, baseline)
            self.account["spoilt answers"].add(mutation.kind, wrongs)

    def _sound(self, simulator: SimulatedPortal, now: datetime, before: Held | None = None) -> Held:
        simulator.set(start=HISTORY_STARTS, now=now.isoformat())
        if before is not None:
            return before | self._told(simulator, now)
        self.loader.load(simulator.url, _window(now))
        held, _ = self.loader.held()
        return held | self._told(simulator, now)

    def _told(self, simulator: SimulatedPortal, now: datetime) -> Held:
        start, end = _window(now)
        return {at: row for at, row in seen_of(download(simulator.url)).items() if start <= at < end}

    def _not_healed(self, url: str, window: Window, expected: Held) -> set[str]:
        if self._settled(url, window, expected):
            return set()
        self.loader.begin_anew()
        self.loader.load(url, window)
        return {"not healed by the next run"}

    def _settled(self, url: str, window: Window, expected: Held) -> bool:
        """Whether the next run, by itself, makes the table what is published."""
        self.loader.load(url, window)
        held, twice = self.loader.held()
        return not twice and {at: row for at, row in held.items() if at in expected or at >= window[0]} == expected


def _window(now: datetime) -> Window:
    return now - timedelta(days=LOOK_BACK_DAYS), now


def play(loader: Loader, simulator: SimulatedPortal, asked: argparse.Namespace, recorded: Path) -> dict[str, Account]:
    """Give a loader everything."""
    trial = Trial(loader)
    trial.publishers_faults(simulator)
    trial.kills(simulator, count=asked.kills, dice=random.Random(asked.seed))
    if (recorded / RECORDED).is_file():
        with portal() as serving:
            trial.spoilt_answers(serving, recorded, count=asked.spoilt, seed=asked.seed)
    return trial.account


@contextmanager
def database(ground: Ground, name: str) -> Iterator[str]:
    """Make a database of a peer's own; return the URL of its owner."""
    warehouse = ground.warehouse
    owner = connect(warehouse.owner_dsn, application="peers")
    owner.autocommit = True
    owner.cursor().execute(f"drop database if exists {name} with (force)")
    owner.cursor().execute(f"create database {name}")
    given = warehouse.owner
    yield f"postgresql://{given['user']}:{given['password']}@{given['host']}:{given['port']}/{name}"
    owner.cursor().execute(f"drop database {name} with (force)")
    owner.close()


def main() -> None:
    """Play what was asked for, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.faults", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of the environment that holds the peers")
    parser.add_argument("--loaders", nargs="*", default=["gridloom", "dlt", "pandas"])
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--spoilt", type=int, default=2 * len(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=REPOSITORY / ".gridloom-test" / "peers")
    asked = parser.parse_args()
    runs.warm_up()
    recorded = Settings().real_data
    with lane(asked.home, port=POSTGRES_PORT) as ground:
        for name in asked.loaders:
            _print(name, _loaders(ground, asked)[name](lambda loader: play(loader, ground.portal, asked, recorded)))


def _loaders(ground: Ground, asked: argparse.Namespace) -> dict[str, Callable[..., dict[str, Account]]]:
    def peer(name: str, read: str) -> Callable[..., dict[str, Account]]:
        def with_peer(use: Callable[[Loader], dict[str, Account]]) -> dict[str, Account]:
            with database(ground, f"peer_{name}") as dsn, Peer(name, asked.python, dsn, asked.home / name, read) as it:
                return use(it)

        return with_peer

    quoted = ", ".join(f'"{name}"' for name in COMPARED)
    lower = ", ".join(name.lower() for name in COMPARED)
    return {
        "gridloom": lambda use: use(Ours(ground)),
        "dlt": peer("dlt", f"select datetime, {lower} from neso.generation_mix"),
        "pandas": peer("pandas", f'select "DATETIME", {quoted} from generation_mix'),
    }


def _print(name: str, account: dict[str, Account]) -> None:
    for family, each in account.items():
        told = ", ".join(f"{wrong} {times}" for wrong, times in each.wrongs.most_common()) or "nothing"
        print(f"| {name} | {family} | {each.survived} of {each.played} | {told} |", flush=True)
        for detail in each.details:
            print(f"    {detail}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
