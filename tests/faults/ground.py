"""Where faults are played: a PostgreSQL, a publisher and a warehouse of its own for each lane of the campaign."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic

import psycopg2

from include.deployment import Deployment
from include.home import Home
from include.local.postgres import Cluster
from include.local.prepare import create_declared
from include.local.seed import seed
from include.settings import Settings
from include.settlement import LONDON
from include.warehouse import Role, Warehouse, connect, migrate
from tests.faults import published
from tests.faults.published import Copy
from tests.faults.reader import Reader
from tests.faults.runs import Ended, Playing, Runs
from tests.faults.statements import Point
from tests.faults.witness import Witness
from tests.journey import FAST
from tests.simulated_portal import SimulatedPortal, running_portal

HISTORY_STARTS = "2026-04-01T00:00:00Z"
FIRST_NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LOOK_BACK_DAYS = 10
DROPS_WITHIN_S = 30.0
# Six new half-hours, and some that are revised.
BETWEEN_PUBLICATIONS = timedelta(hours=3)


@dataclass
class Ground:
    """One warehouse, its publisher, and what that has published so far."""

    cluster: Cluster
    portal: SimulatedPortal
    warehouse: Warehouse
    place: Deployment
    witness: Witness
    logs: Path
    now: datetime = FIRST_NOON
    held: Copy = field(default_factory=dict)
    states: list[Copy] = field(default_factory=list)

    @property
    def runs(self) -> Runs:
        """Runs in this warehouse."""
        return Runs(self.place, self.logs, lambda: self.now, {"look_back_days": LOOK_BACK_DAYS})

    def spanning(self, start: datetime, end: datetime) -> Runs:
        """Runs that are asked for a span of their own."""
        return replace(self.runs, params={"start": start.isoformat(), "end": end.isoformat()})

    def publish_next(self) -> Copy:
        """Let the publisher go on; return what the warehouse must hold once that has come through."""
        self.now += BETWEEN_PUBLICATIONS
        self.portal.set(start=HISTORY_STARTS, now=self.now.isoformat())
        expected = self.seen_from(self.now, self.held)
        self.states.append(expected)
        return expected

    def seen_from(self, instant: datetime, held: Copy) -> Copy:
        """Return what is held once a run that looks back from an instant has brought what is published now."""
        day = (instant - timedelta(days=LOOK_BACK_DAYS)).astimezone(LONDON).date()
        start = datetime.combine(day, time(), LONDON)
        return held | {at: row for at, row in published.download(self.portal.url).items() if start <= at < instant}

    def after(self, fault: Callable[[], list[str]]) -> list[str]:
        """Play a fault while the publisher's next edition comes in; return what is wrong then and after healing."""
        before, expected = self.held, self.publish_next()
        wrong = fault()
        wrong += self.witness.after_fault(before, expected)
        return wrong + self.heal(expected)

    def heal(self, expected: Copy) -> list[str]:
        """Play the next hour's run, which must make everything good by itself; return what is wrong still."""
        self._let_an_hour_pass()
        ended = self.runs.play()
        self.held = expected
        failed = [] if ended.succeeded else [f"the next run failed in {ended.step}: {ended.said}"]
        return failed + self.witness.after_healing(expected)

    def _let_an_hour_pass(self) -> None:
        """Age the runs' last sign of life: one killed between two tasks is known to be lost by its silence."""
        with self.place.session(Role.LOADER) as loader, loader, loader.cursor() as cursor:
            cursor.execute("update ops.pipeline_runs set last_seen_at = last_seen_at - interval '1 hour'")

    def struck_at(self, point: Point, strike: str, on_sigterm: str = "default") -> Callable[[], list[str]]:
        """Return the fault that a run is struck at a point."""

        def fault() -> list[str]:
            ended = self.runs.begin(point, strike=strike, on_sigterm=on_sigterm).wait()
            return [] if not ended.succeeded else [f"the point was never met: {ended}"]

        return fault

    def interrupted_at(self, point: Point, interruption: Callable[[Playing], None]) -> "Interrupted":
        """Return the fault that something happens to the world while a run stands at a point."""
        return Interrupted(self, point, interruption)


@dataclass
class Interrupted:
    """A run that stands at its point while something happens, and then goes on; `ended` says how that went."""

    ground: Ground
    point: Point
    interruption: Callable[[Playing], None]
    ended: Ended | None = None

    def __call__(self) -> list[str]:
        playing = self.ground.runs.begin(self.point)
        is_there = playing.wait_for_point()
        if is_there:
            self.interruption(playing)
            playing.continue_()
        self.ended = playing.wait()
        return [] if is_there else [f"the point was never met: {self.ended}"]


@contextmanager
def reading(ground: Ground, *, knows_states: bool = True) -> Iterator[list[str]]:
    """Have an analyst read throughout the block; what was wrong in a snapshot is in the list afterwards.

    Where runs ask for parts of what is published, the reader cannot know the states and looks at agreement alone.
    """
    notes = ground.logs / f"reader_{secrets.token_hex(3)}.json"
    ground.logs.mkdir(parents=True, exist_ok=True)
    ground.states.append(ground.held)
    reader = Reader(ground.warehouse.dsn(Role.ANALYST), notes).begin()
    wrong: list[str] = []
    try:
        yield wrong
    finally:
        wrong += reader.stop(ground.states if knows_states else None)


@contextmanager
def lane(directory: Path, *, port: int, cluster: Cluster | None = None) -> Iterator[Ground]:
    """Open a ground whose server is its own, so that it may be stopped and broken. All of it ends with the block."""
    settings = Settings.model_validate({"home": directory, "postgres_port": port})
    home = Home.of(settings)
    cluster = cluster or Cluster.of(settings, home)
    cluster.start()
    try:
        with running_portal() as portal, ground_in(cluster, settings, home, portal) as opened:
            yield opened
    finally:
        cluster.stop()
        cluster.erase()


@contextmanager
def ground_in(cluster: Cluster, settings: Settings, home: Home, portal: SimulatedPortal) -> Iterator[Ground]:
    """Make a warehouse of its own in a running server; it is dropped with the block."""
    here = Warehouse.of(settings, home)
    name = f"gridloom_faults_{secrets.token_hex(4)}"
    owner = {**here.owner, "port": str(cluster.port), "dbname": "gridloom"}
    on_server(replace(here, owner=owner), f"create database {name}")
    warehouse = replace(here, owner={**owner, "dbname": name})
    with_tables(warehouse)
    ground = ground_of(cluster, settings, warehouse, portal)
    seed(warehouse, ground.place.dbt())
    try:
        yield ground
    finally:
        drop(replace(here, owner=owner), name)


@contextmanager
def copied(ground: Ground, name: str | None = None) -> Iterator[Ground]:
    """Copy the warehouse, which nobody may be connected to, for the length of a block.

    What dbt has read of the project for a name is good for the next copy of that name.
    """
    name = name or f"gridloom_faults_{secrets.token_hex(4)}"
    server = replace(ground.warehouse, owner={**ground.warehouse.owner, "dbname": "gridloom"})
    on_server(server, f"create database {name} template {ground.warehouse.database}")
    warehouse = replace(ground.warehouse, owner={**ground.warehouse.owner, "dbname": name})
    try:
        yield ground_of(ground.cluster, ground.place.settings, warehouse, ground.portal)
    finally:
        drop(server, name)


def drop(server: Warehouse, name: str) -> None:
    """Drop a database, with all sessions in it. A worker of autovacuum is nobody's to end: it is waited for."""
    given_up_at = monotonic() + DROPS_WITHIN_S
    while True:
        try:
            on_server(server, f"drop database if exists {name} with (force)")
        except psycopg2.errors.InsufficientPrivilege:
            if monotonic() > given_up_at:
                raise
            threading.Event().wait(0.1)
        else:
            return


def ground_of(cluster: Cluster, settings: Settings, warehouse: Warehouse, portal: SimulatedPortal) -> Ground:
    """Return the ground of a warehouse that is migrated and seeded."""
    place = Deployment(settings.model_copy(update={"neso_url": portal.url, **FAST}), warehouse.dsn)
    witness = Witness(warehouse.dsn(Role.TRANSFORMER))
    return Ground(cluster, portal, warehouse, place, witness, settings.home / "runs")


def with_tables(warehouse: Warehouse) -> None:
    """Migrate a database."""
    owner = connect(warehouse.owner_dsn, application="faults")
    migrate(owner, warehouse.passwords)
    create_declared(owner)
    owner.close()


def on_server(warehouse: Warehouse, statement: str) -> None:
    """Execute a statement as the owner, outside a transaction."""
    connection = psycopg2.connect(warehouse.owner_dsn)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()
