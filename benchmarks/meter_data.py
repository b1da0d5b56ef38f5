"""Households that were made up: files of readings in the shape of the recorded ones, and a reference database.

The same number always makes the same files: local time, kWh to three digits, most files with their rows out of order.
"""

import math
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

FIRST_DAY = date(2021, 1, 4)
HALF_HOURS = 48
FILES_IN_FOLDER = 400
# So many households differ; the others have the day of one of them.
HOUSEHOLDS = 2_000
# As recorded, two of three files have their rows out of order.
OUT_OF_ORDER = 2 / 3
# kWh a half-hour of all households together, as a share of their mean: night, morning, evening.
PROFILE = tuple(
    0.55 + 0.45 * math.exp(-(((hour - 8) / 2) ** 2)) + 1.15 * math.exp(-(((hour - 18.5) / 2.5) ** 2))
    for hour in (number / 2 for number in range(HALF_HOURS))
)
# As recorded: agreements to a meter, and tariffs.
AGREEMENTS_TO_A_METER, PRODUCTS, GAPS = 2.1, 63, 0.1
REGIONS = (
    *("North Western", "Yorkshire", "South Western", "Southern", "Merseyside and North Wales", "South Eastern"),
    *("London", "Midlands", "Eastern", "Northern", "South Scotland", "East Midlands", "South Wales"),
)
_COLUMNS = '{"columns":["interval_start","consumption_delta","meterpoint_id"],"data":['
_ROWS_AT_ONCE = 10_000


def meterpoint(number: int) -> str:
    """Return the id of a meter: ten hexadecimal digits, no two alike, in no order."""
    return f"{(number * 0x9E3779B97F + 0x1F83D9ABFB) % (1 << 40):010x}"


def write_readings(folder: Path, *, meters: int, day: date = FIRST_DAY) -> int:
    """Write a file for each meter, with the readings of a day, some hundred to a folder; return how many readings."""
    for number in range(meters):
        path = readings_path(folder, number, day)
        if number % FILES_IN_FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(readings(number, day))
    return meters * HALF_HOURS


def readings_path(folder: Path, number: int, day: date) -> Path:
    """Return where the file of a meter and a day lies."""
    return folder / f"{day}" / f"{number // FILES_IN_FOLDER:05}" / f"{meterpoint(number)}.json"


def readings(number: int, day: date) -> bytes:
    """Return what a meter counted on a day, as a file."""
    return _file_of(number % HOUSEHOLDS, day).replace(b"@", meterpoint(number).encode())


@lru_cache(maxsize=2 * HOUSEHOLDS)
def _file_of(household: int, day: date) -> bytes:
    dice = random.Random(f"{household} {day}")
    mean_kwh = min(dice.lognormvariate(-1.6, 0.7), 4)
    values = [round(mean_kwh * share * dice.lognormvariate(0, 0.5), 3) for share in PROFILE]
    rows = [f'["{day} {n // 2:02}:{n % 2 * 30:02}:00",{value},"@"]' for n, value in enumerate(values)]
    cut = dice.randrange(1, HALF_HOURS) if dice.random() < OUT_OF_ORDER else 0
    return f"{_COLUMNS}{','.join(rows[cut:] + rows[:cut])}]}}".encode()


def redeliver(folder: Path, *, meters: int, day: date = FIRST_DAY, corrected_of: int | None = None) -> int:
    """Have all files arrive once more, with a reading more in one of so many; return how many were corrected."""
    corrected = 0
    for number in range(meters):
        path = readings_path(folder, number, day)
        if corrected_of and number % corrected_of == 0:
            before, _, after = path.read_bytes().partition(b':30:00",')
            value, _, rest = after.partition(b",")
            path.write_bytes(b'%b:30:00",%.3f,%b' % (before, float(value) + 0.001, rest))
            corrected += 1
        arrived = path.stat().st_mtime_ns + 1_000_000_000
        os.utime(path, ns=(arrived, arrived))
    return corrected


def write_reference(path: Path, *, agreements: int) -> int:
    """Write the reference database, with so many agreements; return of how many meters.

    The agreements of a meter follow one another, some with a gap; the last one of most has no end.
    """
    meters = int(agreements / AGREEMENTS_TO_A_METER)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table product (display_name text, is_variable integer, id integer, product_id text)")
        database.execute("create table meterpoint (region text, meterpoint_id text)")
        database.execute(
            "create table agreement (agreement_id integer, agreement_valid_from date, agreement_valid_to date,"
            " product_id text, meterpoint_id text, account_id text)"
        )
        database.executemany("insert into product values (?, ?, ?, ?)", _products())
        database.executemany(
            "insert into meterpoint values (?, ?)",
            ((REGIONS[number % len(REGIONS)], meterpoint(number)) for number in range(meters)),
        )
        database.executemany("insert into agreement values (?, ?, ?, ?, ?, ?)", _agreements(meters, agreements))
    return meters


def _products() -> Iterator[tuple[str, int, int, str]]:
    """Yield tariffs; some share a name."""
    return ((f"Tariff {number % 27}", number % 5 == 0, number, f"{number:010x}") for number in range(PRODUCTS))


def _agreements(meters: int, agreements: int) -> Iterator[tuple[int, str, str | None, str, str, str]]:
    dice = random.Random(1)
    for number in range(agreements):
        meter, nth = number % meters, number // meters
        is_last = number + meters >= agreements
        # Each takes a year of its own, so that no two of a meter hold at once.
        starts = date(2019 + nth, 1, 1) + timedelta(days=dice.randrange(30) if dice.random() < GAPS else 0)
        ends = None if is_last and dice.random() < 0.9 else date(2020 + nth, 1, 1)
        account = f"{meterpoint(meter)}{nth % 2}"
        product = f"{dice.randrange(PRODUCTS):010x}"
        yield number, f"{starts}", ends and f"{ends}", product, meterpoint(meter), account
