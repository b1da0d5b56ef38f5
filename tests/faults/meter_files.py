"""Files of meters that the campaign delivers, and what a warehouse must hold once they have come in.

What is expected is worked out from what was written here, and not by the code that reads it.
"""

import hashlib
import hmac
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import psycopg2

from include.deployment import Deployment
from include.warehouse import Role

KEY = "the key of a campaign, and of no house"
FIRST = datetime(2021, 1, 4, tzinfo=UTC)
HALF_HOURS, FOLDERS = 6, 4
FIRST_ARRIVAL = 1_700_000_000
# A version is a meter, an instant and kWh; null kWh would be a tombstone.
Readings: TypeAlias = dict[tuple[str, datetime], Decimal]


@dataclass
class Delivered:
    """What lies in the folder, and the order in which it came."""

    folder: Path
    files: list[tuple[str, str, dict[datetime, Decimal]]] = field(default_factory=list)
    """Path, meter and readings of each."""

    def readings(self) -> Readings:
        """Return what counts in the end: of two files of a meter, what the later one says."""
        return {(meter, at): value for _, meter, rows in self.files for at, value in rows.items()}

    def versions(self) -> Counter[tuple[str, datetime, Decimal]]:
        """Return every version there must be: a reading that came again with another value is one more."""
        held, versions = Readings(), Counter[tuple[str, datetime, Decimal]]()
        for _, meter, rows in self.files:
            for at, value in rows.items():
                versions[meter, at, value] += held.get((meter, at)) != value
                held[meter, at] = value
        return +versions

    def put(self, name: str, meter: str, rows: dict[datetime, Decimal]) -> Path:
        """Deliver a file, a second after the one before."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_file(meter, rows))
        arrived = FIRST_ARRIVAL + len(self.files)
        os.utime(path, (arrived, arrived))
        self.files.append((name, meter, rows))
        return path


def as_file(meter: str, rows: dict[datetime, Decimal]) -> bytes:
    """Return readings in the shape of the recorded files. In January, London has UTC."""
    data = [[f"{at:%Y-%m-%d %H:%M:%S}", float(value), meter] for at, value in rows.items()]
    return json.dumps({"columns": ["interval_start", "consumption_delta", "meterpoint_id"], "data": data}).encode()


def deliver(folder: Path, *, files: int, seed: int) -> Delivered:
    """Fill a folder. One meter of ten has a second file, which corrects some of the first and adds to it."""
    dice, delivered = random.Random(seed), Delivered(folder)
    second = files // 11
    meters = [f"{dice.getrandbits(40):010x}" for _ in range(files - second)]
    for number, meter in enumerate(meters):
        delivered.put(f"{number % FOLDERS}/{meter}.json", meter, readings(dice))
    for meter in dice.sample(meters, second):
        rows = readings(dice, starts=FIRST + timedelta(hours=1))
        delivered.put(f"corrections/{meter}_2.json", meter, rows)
    return delivered


def readings(dice: random.Random, *, starts: datetime = FIRST) -> dict[datetime, Decimal]:
    """Return some half-hours in no order."""
    instants = [starts + number * timedelta(minutes=30) for number in range(HALF_HOURS)]
    return {at: Decimal(dice.randrange(3_000)) / 1000 for at in dice.sample(instants, HALF_HOURS)}


def wrong_with(place: Deployment, delivered: Delivered) -> list[str]:
    """Return what is not as if nothing had happened."""
    with _query(place) as query:
        return [*_wrong_readings(query, delivered), *_wrong_ledger(query, delivered), *_wrong_names(query, delivered)]


def _wrong_readings(query: Any, delivered: Delivered) -> Iterator[str]:
    rows = query(
        "select identifier, period_started_at, consumption_kwh, version_id from raw.smart_meter_readings"
        " inner join raw.pseudonyms on number = meter_number order by version_id"
    )
    held = {(meter, at): value for meter, at, value, _ in rows}
    versions = Counter((meter, at, value) for meter, at, value, _ in rows)
    expected, counts = delivered.versions(), delivered.readings()
    yield from _difference("versions", Counter(expected), versions)
    yield from _difference("readings", Counter(counts.items()), Counter(held.items()))


def _difference(what: str, expected: Counter[Any], found: Counter[Any]) -> Iterator[str]:
    missing, more = expected - found, found - expected
    if missing or more:
        some = (next(iter(missing), None), next(iter(more), None))
        yield f"{missing.total()} {what} missing, {more.total()} too many of {expected.total()}: {some}"


def _wrong_ledger(query: Any, delivered: Delivered) -> Iterator[str]:
    """Every file is held once, no load is still going on, and all counts agree with what is in raw."""
    held = query(
        "select identifier, count(*) filter (where load.outcome = 'held'), sum(load.new + load.revised)"
        " from ops.loads as load inner join raw.pseudonyms on subject = 'smart_meter.file'"
        " and split_part(scope, ' ', 2) = pseudonym where arrived_at is not null group by identifier"
    )
    expected = Counter(name for name, _, _ in delivered.files)
    yield from _difference("files held", expected, Counter({name: count for name, count, _ in held}))
    [(going_on, other, written, withdrawn)] = query(
        "select count(*) filter (where outcome = 'loading'), count(*) filter (where outcome in ('refused')),"
        " sum(new + revised), sum(withdrawn) from ops.loads where dataset = 'smart_meter_readings'"
    )
    if (going_on, other, written, withdrawn) != (0, 0, delivered.versions().total(), 0):
        yield f"ops.loads: {going_on} going on, {other} refused, {written} versions, {withdrawn} withdrawn"
    [(wrote, unfinished)] = query(
        "select sum(new + revised), count(*) filter (where finished_at is null) from ops.pipeline_runs"
        " where dag_id = 'smart_meter_readings'"
    )
    if (wrote, unfinished) != (written, 0):
        yield f"ops.pipeline_runs: {wrote} versions, and {unfinished} runs that never ended"
    strangers = query(
        "select count(*) from (select distinct known_at from raw.smart_meter_readings) as raw"
        " where not exists (select from ops.loads where loads.known_at = raw.known_at)"
    )
    if strangers != [(0,)]:
        yield f"{strangers[0][0]} instants of raw are of no file"


def _wrong_names(query: Any, delivered: Delivered) -> Iterator[str]:
    for subject, identifiers in (
        ("smart_meter.meterpoint", {meter for _, meter, _ in delivered.files}),
        ("smart_meter.file", {name for name, _, _ in delivered.files}),
    ):
        found = query("select identifier, pseudonym from raw.pseudonyms where subject = %s", subject)
        yield from _difference(
            f"pseudonyms of {subject}", Counter((n, pseudonym(n)) for n in identifiers), Counter(found)
        )


def pseudonym(identifier: str) -> str:
    """Return what stands for an identifier."""
    return hmac.new(KEY.encode(), identifier.encode(), hashlib.sha256).hexdigest()[:32]


@contextmanager
def _query(place: Deployment) -> Iterator[Any]:
    connection = psycopg2.connect(place.url(Role.TRANSFORMER))

    def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    try:
        yield query
    finally:
        connection.close()
