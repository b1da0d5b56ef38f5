"""Backfills of Elexon's datasets are killed at any instant, lose their server, and run beside each other.

In the end raw must hold what one that was not disturbed has brought, each key once; and nothing that was held may have
been asked for again.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count

from psycopg2 import sql

from include.deployment import Deployment
from include.ingestion.columns import columns
from include.ingestion.dataset import Dataset, Storage
from include.ingestion.ingest import Run
from include.ingestion.window import Window
from include.intake.backfill import Backfill, Lane, still_to_come
from include.operations import runs
from include.sources.elexon.pipeline import DAILY, ELEXON_LIVE, ELEXON_LIVE_INTAKE, LIVE
from include.warehouse import Role
from tests.faults.forked import LIMIT_S, OK, PASSING, Ended, Playing, begin
from tests.faults.ground import Ground, copied
from tests.faults.score import Outcome
from tests.faults.servers import end_sessions, kill_server

KILLED, SESSIONS, SERVER = "Elexon: kill -9", "Elexon: its sessions end", "Elexon: PostgreSQL is killed"
TWO = "Elexon: two backfills at once"
KILLS, INTERRUPTIONS, WORKERS, MOST_TRIES = 50, 6, 2, 12
# Windows and versions, streamed and not, with rows that win over others.
NAMES = ("pn", "mels", "bod", "boalf", "fuelinst", "freq", "indo", "b1610")
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
FIRST_AT = datetime(2026, 5, 1, tzinfo=UTC)
UNITS = 20
_NUMBERS = count(1)
Content = dict[str, tuple[int, str]]


def datasets() -> list[Dataset]:
    """Return what is loaded."""
    return [each for each in (*LIVE, *DAILY) if each.name.removeprefix("elexon_") in NAMES]


@dataclass
class Field:
    """Empty warehouses into which the same days are loaded, one for each fault, and what they must hold then."""

    ground: Ground
    dice: random.Random
    days: int = 6
    expected: Content = field(default_factory=dict)
    length_s: float = 0.0

    @contextmanager
    def fresh(self) -> Iterator[Ground]:
        """Open an empty warehouse for the length of a block."""
        with copied(self.ground) as ground:
            yield ground

    def measure(self) -> Iterator[Outcome]:
        """Load without any fault, to know how long that takes and what comes of it."""
        with self.fresh() as ground:
            ended = self.play(ground).wait()
            self.length_s, self.expected = ended.lasted_s, content(ground.place)
        empty = [name for name, (rows, _) in self.expected.items() if not rows]
        yield Outcome(KILLED, "without any", (*_unless_ok(ended), *(f"{name} is empty" for name in empty)))

    def play(self, ground: Ground) -> Playing:
        """Begin a backfill, or go on with one, in a process of its own."""
        number = next(_NUMBERS)
        return begin(lambda: _backfill(ground.place, number, self.days), ground.logs / f"backfill_{number}.log")

    def wrong_with(self, ground: Ground) -> list[str]:
        """Return what differs from what a backfill brings that is not disturbed."""
        held = content(ground.place)
        return [
            f"{name}: {held[name]}, not {self.expected[name]}" for name in held if held[name] != self.expected[name]
        ]


@contextmanager
def field_of(ground: Ground, *, seed: int, days: int = 6) -> Iterator[Field]:
    """Let Elexon's clock stand still for the length of a block."""
    elexon = ground.portal.beside("elexon")
    elexon.set(now=NOW.isoformat(), units=UNITS)
    changes = {"elexon_url": elexon.url, "elexon_requests_per_second": 1e6}
    place = Deployment(ground.place.settings.model_copy(update=changes), ground.place.address)
    try:
        yield Field(replace(ground, place=place), random.Random(seed), days)
    finally:
        elexon.reset()


def all_faults(ground: Ground, seed: int) -> Iterator[Outcome]:
    """The whole part."""
    with field_of(ground, seed=seed) as elexon:
        yield from elexon.measure()
        yield from killed(elexon, kills=KILLS)
        yield from interrupted(elexon, SESSIONS, end_sessions, times=INTERRUPTIONS)
        yield from interrupted(elexon, SERVER, kill_server, times=INTERRUPTIONS)
        yield from at_once(elexon, times=INTERRUPTIONS)


def a_few(ground: Ground, seed: int) -> Iterator[Outcome]:
    """The part of it that belongs to `make test`."""
    with field_of(ground, seed=seed, days=2) as elexon:
        yield from elexon.measure()
        yield from killed(elexon, kills=5)
        yield from interrupted(elexon, SERVER, kill_server, times=1)
        yield from at_once(elexon, times=1)


def _backfill(place: Deployment, number: int, days: int) -> None:
    span = Window(FIRST_AT, FIRST_AT + timedelta(days=days))
    work = dict(still_to_come(place, datasets(), span, now=NOW))
    with place.session(Role.LOADER) as loader:
        run = Run(ELEXON_LIVE.dag_id, runs.open_run(loader, ELEXON_LIVE.dag_id, f"backfill__{number}"))
        lanes = [Lane(run, dataset, deque(asked)) for dataset, asked in work.items()]
        for done in Backfill(place, ELEXON_LIVE_INTAKE, lanes, WORKERS).play():
            if done.error is not None:
                raise done.error


def killed(elexon: Field, *, kills: int) -> Iterator[Outcome]:
    """Kill a backfill at random instants, over and over, until it comes to its end before the next one."""
    done = 0
    while done < kills:
        with elexon.fresh() as ground:
            instants = list[float]()
            limits = (elexon.dice.uniform(0, elexon.length_s) for _ in range(min(MOST_TRIES, kills - done)))
            for instant_s in chain(limits, [LIMIT_S]):
                ended = elexon.play(ground).wait(kill_after_s=instant_s)
                if not ended.was_killed:
                    break
                instants.append(instant_s)
            wrong = [*_unless_ok(ended), *elexon.wrong_with(ground), *_asked_again(ground, len(instants))]
        done += len(instants)
        if instants:
            yield Outcome(KILLED, ", ".join(f"{each:.3f} s" for each in instants), tuple(wrong), weight=len(instants))


def interrupted(elexon: Field, family: str, strike: Callable[[Ground], None], *, times: int) -> Iterator[Outcome]:
    """Strike at the server at a random instant of a backfill, which may fail by it; started again, it goes through."""
    for _ in range(times):
        instant_s = elexon.dice.uniform(0.1, 0.9) * elexon.length_s
        with elexon.fresh() as ground:
            playing = elexon.play(ground)
            threading.Event().wait(instant_s)
            strike(ground)
            ended = playing.wait()
            wrong = [] if ended.code in (OK, PASSING) else [f"failed by what is not tried again: {ended.said}"]
            wrong += [*_unless_ok(elexon.play(ground).wait()), *elexon.wrong_with(ground)]
        yield Outcome(family, f"after {instant_s:.3f} s", tuple(wrong))


def at_once(elexon: Field, *, times: int) -> Iterator[Outcome]:
    """Two backfills over the same days, the second after a random while; every other time the first is killed."""
    for number in range(times):
        later_s, killed_s = elexon.dice.uniform(0, elexon.length_s / 2), elexon.dice.uniform(0.3, 1) * elexon.length_s
        with elexon.fresh() as ground:
            first = elexon.play(ground)
            threading.Event().wait(later_s)
            second = elexon.play(ground)
            ended = [first.wait(*([killed_s] if number % 2 else [])), second.wait()]
            wrong = [f"{each.code}: {each.said}" for each in ended if not each.was_killed and each.code != OK]
            wrong += [*_unless_ok(elexon.play(ground).wait()), *elexon.wrong_with(ground)]
        yield Outcome(TWO, f"{later_s:.3f} s apart", tuple(wrong))


def content(place: Deployment) -> Content:
    """Return of each dataset how many rows raw holds, every version, and a hash of their published values."""
    told: Content = {}
    with place.session(Role.TRANSFORMER) as transformer, transformer.cursor() as cursor:
        for dataset in datasets():
            table = f"{dataset.name}_held" if dataset.storage is Storage.REPLACED_WINDOWS else dataset.name
            statement = sql.SQL(
                "select count(*), md5(string_agg(row::text, ' ' order by row::text)) from (select {} from {}) as row"
            ).format(
                sql.SQL(", ").join(sql.Identifier(each.name) for each in columns(dataset.record)),
                sql.Identifier("raw", table),
            )
            cursor.execute(statement)
            [told[dataset.name.removeprefix("elexon_")]] = cursor.fetchall()
    return told


def _asked_again(ground: Ground, kills: int) -> list[str]:
    """Return what was asked for again though it was held; a window that was at work when it was killed may be."""
    statement = """
        select
            count(*) filter (where outcome = 'held') - count(distinct (dataset, scope)) filter (where outcome = 'held'),
            count(*) - count(distinct (dataset, scope))
        from ops.loads
    """
    with ground.place.session(Role.TRANSFORMER) as transformer, transformer.cursor() as cursor:
        cursor.execute(statement)
        [(held_twice, asked_twice)] = cursor.fetchall()
    wrong = [f"{held_twice} windows were loaded again though they were held"] if held_twice else []
    return wrong + ([f"{asked_twice} windows were asked for again"] if asked_twice > WORKERS * kills else [])


def _unless_ok(ended: Ended) -> list[str]:
    return [] if ended.code == OK else [f"a backfill failed, {ended.code}: {ended.said}"]
