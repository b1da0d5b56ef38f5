"""Loads of 2,000 files of meters are killed, their server goes down, and files change under them.

In the end the warehouse must be as if nothing had happened.
"""

import random
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from pathlib import Path

import psycopg2

from include.sources.smart_meter.tables import TABLES as PUBLISHED
from include.warehouse import Role
from tests.faults.forked import LIMIT_S, OK, PASSING, Ended
from tests.faults.ground import Ground, copied
from tests.faults.meter_files import Delivered, as_file, deliver, readings, wrong_with
from tests.faults.meter_runs import Loads, loads_of, of_reference, warm_up
from tests.faults.meter_store import busy_store
from tests.faults.score import Outcome
from tests.faults.servers import end_sessions, kill_server
from tests.faults.statements import AFTER, AMIDST, BEFORE, COMMITTED, ON_COMMIT, Point

FILES, KILLS, INTERRUPTIONS = 2_000, 45, 10
MOST_TRIES = 12
# How often a killed load is taken up by the next run, and not by another try of its own.
NEW_RUN = 0.3
KILLED, SESSIONS, SERVER = "meters: kill -9", "meters: its sessions end", "meters: PostgreSQL is killed"
CHANGES, TWO, BUCKET = "meters: files change", "meters: two loads at once", "meters: kill -9, from a busy bucket"
SNAPSHOTS, MARTS = "meters: a snapshot changes", "meters: marts after it all"
TABLES = ("products", "meterpoints", "agreements")
AT_POINTS, EXTRACT = "meters: kill -9 at named points", "extract_and_load"
READINGS = r"^copy .raw.\..smart_meter_readings"
POINTS = (
    Point(EXTRACT, COMMITTED, r"create temp table listed_files", "beginning the listing"),
    Point(EXTRACT, AFTER, r"insert into raw.pseudonyms.* wanted_persons", "numbering who is new", nth=2),
    Point(EXTRACT, AMIDST, READINGS, "COPY", nth=2),
    Point(EXTRACT, AFTER, READINGS, "COPY", nth=2),
    Point(EXTRACT, BEFORE, r"^copy ops.loads", "noting what came of files", nth=2),
    Point(EXTRACT, ON_COMMIT, r"^copy ops.loads", "the load of some files", nth=2),
    Point(EXTRACT, COMMITTED, r"^copy ops.loads", "the load of some files", nth=2),
)


@dataclass
class Field:
    """A folder of files, and the empty warehouses into which it is loaded, one for each fault."""

    ground: Ground
    dice: random.Random
    delivered: Delivered
    length_s: float = 0.0
    undisturbed: list[str] = field(default_factory=list)

    @contextmanager
    def fresh(self) -> Iterator[Loads]:
        """Open an empty warehouse for the length of a block."""
        with copied(self.ground) as ground:
            yield loads_of(ground, str(self.delivered.folder))

    def measure(self) -> Iterator[Outcome]:
        """Load without any fault, to know how long that takes and that nothing is wrong then."""
        with self.fresh() as loads:
            ended = loads.play()
            self.length_s = ended.lasted_s
            wrong = wrong_with(loads.place, self.delivered)
            yield Outcome(KILLED, "without any", (*_unless_ok(ended), *wrong))


@contextmanager
def field_of(ground: Ground, *, files: int, seed: int) -> Iterator[Field]:
    """Deliver files into a folder of their own."""
    warm_up()
    folder = ground.logs / "readings"
    shutil.rmtree(folder, ignore_errors=True)
    dice = random.Random(seed)
    try:
        yield Field(ground, dice, deliver(folder, files=files, seed=seed))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def all_faults(ground: Ground, seed: int) -> Iterator[Outcome]:
    """The whole part."""
    with field_of(ground, files=FILES, seed=seed) as meters:
        yield from meters.measure()
        yield from at_named_points(meters, POINTS)
        yield from killed(meters, kills=KILLS)
        yield from interrupted(meters, SESSIONS, _end_sessions, times=INTERRUPTIONS)
        yield from interrupted(meters, SERVER, kill_server, times=INTERRUPTIONS // 2)
        yield from at_once(meters, times=4)
        yield from marts(meters)
    with field_of(ground, files=400, seed=seed) as meters:
        yield from meters.measure()
        yield from in_a_bucket(meters, kills=10)
        yield from changing(meters, times=6)
    yield from snapshots(ground)


def a_few(ground: Ground, seed: int) -> Iterator[Outcome]:
    """A twentieth of it, which belongs to `make test`."""
    with field_of(ground, files=FILES // 4, seed=seed) as meters:
        yield from meters.measure()
        yield from at_named_points(meters, (meters.dice.choice(POINTS),))
        yield from killed(meters, kills=2)
        yield from interrupted(meters, SESSIONS, _end_sessions, times=1)
        yield from interrupted(meters, SERVER, kill_server, times=1)
        yield from at_once(meters, times=1)
        yield from changing(meters, times=1)
    yield from snapshots(ground, TABLES[:1])


def killed(meters: Field, *, kills: int) -> Iterator[Outcome]:
    """Kill a load at random instants, over and over, until it comes to its end before the next one."""
    done = 0
    while done < kills:
        with meters.fresh() as loads:
            instants, ended = _until_done(meters, loads)
            wrong = [*_unless_ok(ended), *_again(loads, meters.delivered)]
        done += len(instants)
        if instants:
            yield Outcome(KILLED, ", ".join(f"{each:.3f} s" for each in instants), tuple(wrong), weight=len(instants))


def _until_done(meters: Field, loads: Loads) -> tuple[list[float], Ended]:
    """Begin a load, kill it, begin it again: as the same run, which Airflow tries again, or as the next one.

    Runs that are left behind are closed as failed, as Airflow does once their tries are used up.
    """
    instants, name = list[float](), loads.new_name()
    limits = (meters.dice.uniform(0, meters.length_s) for _ in range(MOST_TRIES))
    for instant_s in chain(limits, [LIMIT_S]):
        ended = loads.begin(name).wait(kill_after_s=instant_s)
        if not ended.was_killed:
            break
        instants.append(instant_s)
        if meters.dice.random() < NEW_RUN:
            loads.close(name, failed=True)
            name = loads.new_name()
    if ended.code != OK:
        loads.close(name, failed=True)
    return instants, ended


def at_named_points(meters: Field, points: tuple[Point, ...]) -> Iterator[Outcome]:
    """Kill a load before and after what it writes and commits; the next run brings the rest."""
    for point in points:
        with meters.fresh() as loads:
            name = loads.new_name()
            ended = loads.begin(name, killed_at=point).wait()
            loads.close(name, failed=True)
            wrong = [] if ended.was_killed else [f"the point was never met: {ended}"]
            wrong += [*_unless_ok(loads.play()), *_again(loads, meters.delivered)]
        yield Outcome(AT_POINTS, str(point), tuple(wrong))


def _again(loads: Loads, delivered: Delivered) -> list[str]:
    """Return what is wrong; and whether the next run would find anything new."""
    wrong = wrong_with(loads.place, delivered)
    ended = loads.play()
    return [*wrong, *_unless_ok(ended), *(wrong_with(loads.place, delivered) if not wrong else ())]


def _unless_ok(ended: Ended) -> list[str]:
    return [] if ended.code == OK else [f"a load failed, {ended.code}: {ended.said}"]


def interrupted(meters: Field, family: str, strike: Callable[[Ground], None], *, times: int) -> Iterator[Outcome]:
    """Strike at the server at a random instant of a load; it may fail by what is tried again, and then goes through."""
    for _ in range(times):
        instant_s = meters.dice.uniform(0, meters.length_s)
        with copied(meters.ground) as ground:
            loads, name = loads_of(ground, str(meters.delivered.folder)), Loads.new_name()
            playing = loads.begin(name)
            _wait(instant_s)
            strike(ground)
            ended = playing.wait()
            wrong = [] if ended.code in (OK, PASSING) else [f"failed by what is not tried again: {ended.said}"]
            wrong += [*_unless_ok(loads.play(name)), *_again(loads, meters.delivered)]
        yield Outcome(family, f"after {instant_s:.3f} s", tuple(wrong))


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _end_sessions(ground: Ground) -> None:
    end_sessions(ground)


def at_once(meters: Field, *, times: int) -> Iterator[Outcome]:
    """Two loads of the same folder, the second after a random while; every other time the first is killed amid it."""
    for number in range(times):
        later_s, killed_s = meters.dice.uniform(0, meters.length_s / 2), meters.dice.uniform(0.3, 1) * meters.length_s
        with meters.fresh() as loads:
            names = [loads.new_name(), loads.new_name()]
            first = loads.begin(names[0])
            _wait(later_s)
            second = loads.begin(names[1])
            ended = [first.wait(*([killed_s] if number % 2 else [])), second.wait()]
            wrong = [f"{each.code}: {each.said}" for each in ended if not each.was_killed and each.code != OK]
            if ended[0].was_killed:
                loads.close(names[0], failed=True)
            wrong += _again(loads, meters.delivered)
        how = f", the first killed after {killed_s:.3f} s" if number % 2 else ""
        yield Outcome(TWO, f"{later_s:.3f} s apart{how}", tuple(wrong))


def in_a_bucket(meters: Field, *, kills: int) -> Iterator[Outcome]:
    """The same kills where files lie in a bucket that is busy and slow, and lists in pages out of order.

    A load that could not read all of it is told so by an error that passes, and is begun again.
    """
    done = 0
    with busy_store(meters.delivered.folder) as store:
        with copied(meters.ground) as ground:
            length_s = loads_of(ground, store.address, **store.options).play().lasted_s
        while done < kills:
            store.trouble(meters.dice.getrandbits(30))
            with copied(meters.ground) as ground:
                loads = loads_of(ground, store.address, **store.options)
                instants, ended = _until_done(replace(meters, length_s=length_s), loads)
                store.trouble(meters.dice.getrandbits(30))
                tries = [ended, *(loads.play() for _ in range(2))]
                odd = [f"{each.code}: {each.said}" for each in tries if each.code not in (OK, PASSING)]
                store.calm()
                wrong = [*odd, *_again(loads, meters.delivered)]
            done += max(len(instants), 1)
            said = ", ".join(f"{each:.3f} s" for each in instants)
            yield Outcome(BUCKET, said or "without a kill", tuple(wrong), weight=max(len(instants), 1))


def changing(meters: Field, *, times: int) -> Iterator[Outcome]:
    """Files are replaced at once and in place, taken away and put back, while loads go on."""
    for number in range(times):
        with meters.fresh() as loads:
            writer = _Writer(meters.delivered, random.Random(meters.dice.random()))
            writer.start()
            ended = [loads.play() for _ in range(3)]
            writer.stop()
            last = loads.play()
            odd = [f"{each.code}: {each.said}" for each in ended if each.code not in (OK, PASSING)]
            wrong = [*odd, *_unless_ok(last), *_mixed(loads, writer)]
        yield Outcome(CHANGES, f"{number}: {writer.changes} changes", tuple(wrong))


@dataclass
class _Writer:
    """Changes files until it is told to stop. All readings of one state of a file say which state that is."""

    delivered: Delivered
    dice: random.Random
    changes: int = 0
    told: threading.Event = field(default_factory=threading.Event)
    states: dict[str, dict[str, int]] = field(default_factory=dict)

    def start(self) -> None:
        """Begin."""
        self.names = [(name, meter) for name, meter, _ in self.delivered.files if "_2" not in name]
        for name, meter in self.names:
            self._path(name).write_bytes(self._next(name, meter))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End, with every file there and whole."""
        self.told.set()
        self.thread.join()

    def _run(self) -> None:
        ways = (self._replace, self._in_place, self._cut_short, self._away_and_back)
        while not self.told.is_set():
            name, meter = self.dice.choice(self.names)
            self.dice.choice(ways)(self._path(name), self._next(name, meter))
            self.changes += 1
            self.told.wait(0.001)

    def _path(self, name: str) -> Path:
        return self.delivered.folder / name

    def _next(self, name: str, meter: str) -> bytes:
        state = self.states.setdefault(meter, {}).get(name, 0) + 1
        self.states[meter][name] = state
        return as_file(meter, dict.fromkeys(readings(self.dice), Decimal(state) / 1000))

    def _replace(self, path: Path, held: bytes) -> None:
        path.with_suffix(".part").write_bytes(held)
        path.with_suffix(".part").replace(path)

    def _in_place(self, path: Path, held: bytes) -> None:
        with path.open("r+b", buffering=0) as file:
            file.write(held[: len(held) // 2])
            file.write(held[len(held) // 2 :])
            file.truncate()

    def _cut_short(self, path: Path, held: bytes) -> None:
        with path.open("wb", buffering=0) as file:
            file.write(held[: len(held) // 2])
            self.told.wait(0.005)
            file.write(held[len(held) // 2 :])

    def _away_and_back(self, path: Path, held: bytes) -> None:
        path.unlink()
        self.told.wait(0.005)
        self._replace(path, held)


def _mixed(loads: Loads, writer: _Writer) -> Iterator[str]:
    """Tell of meters that do not end with the last state of their file, and of instants that mix two states."""
    with closing(psycopg2.connect(loads.place.url(Role.TRANSFORMER))) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select identifier, known_at, consumption_kwh from raw.smart_meter_readings"
            " inner join raw.pseudonyms on number = meter_number order by version_id"
        )
        rows = cursor.fetchall()
    last, of_instant = {}, dict[tuple[str, object], set[Decimal]]()
    corrected = {meter for name, meter, _ in writer.delivered.files if "_2" in name}
    for meter, known_at, value in rows:
        last[meter] = value
        of_instant.setdefault((meter, known_at), set()).add(value)
    expected = {meter: Decimal(max(states.values())) / 1000 for meter, states in writer.states.items()}
    stale = Counter(last.get(meter) == value for meter, value in expected.items() if meter not in corrected)[False]
    torn = sum(len(values) > 1 for (meter, _), values in of_instant.items() if meter not in corrected)
    if stale or torn:
        yield f"{stale} of {len(expected)} meters end with an old state, {torn} instants mix two states"


def marts(meters: Field) -> Iterator[Outcome]:
    """What is published of a load that was killed over and over is what is published of one that never was."""
    reference = meters.ground.logs / "agreements.db"
    _refer(reference, [meter for _, meter, _ in meters.delivered.files])
    published = []
    for is_killed in (False, True):
        with copied(meters.ground) as ground:
            loads = loads_of(ground, str(meters.delivered.folder), reference=reference)
            wrong = _unless_ok(_until_done(meters, loads)[1]) if is_killed else []
            wrong += _unless_ok(loads.publish())
            published.append(_published(ground))
            yield Outcome(MARTS, "killed" if is_killed else "undisturbed", tuple(wrong))
    different = [table for table, rows in published[0].items() if not rows or published[1][table] != rows]
    yield Outcome(MARTS, "the same in both", (f"different, or empty: {different}",) if different else ())


def _refer(path: Path, meters: list[str]) -> None:
    """Write a reference in which one meter of ten has no agreement, and one changes its tariff on the day."""
    _execute(path, *REFERENCE)
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("insert into meterpoint values ('London', ?)", [(meter,) for meter in sorted(set(meters))])
        agreed = [meter for number, meter in enumerate(sorted(set(meters))) if number % 10]
        database.executemany(
            "insert into agreement values (?, '2020-01-01', null, 'p1', ?, 'account')", enumerate(agreed, start=2)
        )


def _published(ground: Ground) -> dict[str, Counter[str]]:
    """Return what is published, but for when it became known."""
    found = {}
    with closing(psycopg2.connect(ground.place.url(Role.ANALYST))) as connection, connection.cursor() as cursor:
        for table in (each for each in PUBLISHED if not each.endswith("consumption_versions")):
            cursor.execute(
                "select to_jsonb(row) - array(select column_name::text from information_schema.columns"
                f" where table_name = %s and column_name ~ '(known|superseded)_at') from analytics.{table} as row",
                (table,),
            )
            found[table] = Counter(str(row) for (row,) in cursor)
    return found


def snapshots(ground: Ground, tables: tuple[str, ...] = TABLES) -> Iterator[Outcome]:
    """A reference that changes between two tries of a task, the first killed after each of its tables; and two runs."""
    warm_up()
    for table in tables:
        for is_same_run in (True, False):
            with copied(ground) as copy:
                wrong = _changed_snapshot(copy, table, is_same_run=is_same_run)
            how = "tries" if is_same_run else "runs"
            yield Outcome(SNAPSHOTS, f"after {table}, between two {how}", tuple(wrong))


def _changed_snapshot(ground: Ground, table: str, *, is_same_run: bool) -> list[str]:
    path = ground.logs / "reference.db"
    _execute(path, *REFERENCE)
    loads = of_reference(loads_of(ground, str(ground.logs), reference=path))
    name = loads.new_name()
    # The table's own transaction ends with its load.
    nth = TABLES.index(table) + 1
    killed = loads.begin(name, killed_at=replace(LOADED, nth=nth)).wait()
    _execute(path, *CHANGED)
    if not is_same_run:
        loads.close(name, failed=True)
    ended = loads.play(name if is_same_run else None)
    states = _states(loads)
    return [
        *([] if killed.was_killed else [f"the point was never met: {killed}"]),
        *_unless_ok(ended),
        *([] if states == [("2",)] * 3 else [f"of several states: {states}"]),
    ]


def _execute(path: Path, *statements: str) -> None:
    """Change a reference; one that begins with its tables is made anew."""
    if statements[0].startswith("create"):
        path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


LOADED = Point("extract_and_load", COMMITTED, r"^update ops.datasets set last_known_at", "a table of the snapshot")
REFERENCE = (
    "create table product (display_name text, is_variable integer, id integer, product_id text)",
    "create table meterpoint (region text, meterpoint_id text)",
    "create table agreement (agreement_id integer, agreement_valid_from date, agreement_valid_to date, "
    "product_id text, meterpoint_id text, account_id text)",
    "insert into product values ('1', 1, 1, 'p1')",
    "insert into meterpoint values ('1', '0000000000')",
    "insert into agreement values (1, '2021-01-01', null, 'p1', '0000000000', '1')",
)
CHANGED = ("update product set display_name = '2'", "update meterpoint set region = '2'")
CHANGED += ("update agreement set account_id = '2'",)


def _states(loads: Loads) -> list[tuple[str]]:
    with closing(psycopg2.connect(loads.place.url(Role.TRANSFORMER))) as connection, connection.cursor() as cursor:
        cursor.execute(
            "(select product_name from raw.smart_meter_products order by version_id desc limit 1) union all"
            " (select region from raw.smart_meter_meterpoints order by version_id desc limit 1) union all"
            " (select account_id from raw.smart_meter_agreements order by version_id desc limit 1)"
        )
        return cursor.fetchall()
