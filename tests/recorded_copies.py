"""NESO's recorded copies of spring 2026 and of 2023, read with nothing of ours but the names of the columns.

What tests expect is worked out from here.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeAlias

from include.ingestion.window import Window
from include.operations.runs import Counts
from tests.asking import Rows
from tests.journey import FUELS, Journey

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
WHOLE_COPIES = ("2026-03-22", "2026-04-14", "2026-04-15", "2026-04-30", "2026-05-01", "2026-05-31")
CHANGE_LOG = "generation_mix_2026_changelog_2026-03-22_to_2026-05-31.csv.gz"
OLD_SCHEMA = "generation_mix_2023-02_2023-03_old_schema.csv"
# NESO's names of the fuels, in the order of FUELS.
PUBLISHED = (
    *("GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR", "STORAGE"),
)
MEASURES = (*PUBLISHED, "GENERATION", "CARBON_INTENSITY")
COLUMNS = ", ".join(
    ("period_started_at", *(f"{fuel}_mw" for fuel in FUELS), "generation_mw", "carbon_intensity_g_per_kwh")
)
Values: TypeAlias = tuple[float | None, ...]
Copy: TypeAlias = dict[datetime, Values]


def lines_of(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader(file)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def values(line: dict[str, str]) -> Values:
    return tuple(float(line[name]) if name in line else None for name in MEASURES)


def copy_of_file(path: Path) -> Copy:
    return {instant(line["DATETIME"]): values(line) for line in lines_of(path)}


@dataclass(frozen=True)
class Line:
    """One line of the change log: a half-hour as it stood from a capture on, with all its published columns."""

    captured_at: datetime
    change: str
    period_started_at: datetime
    values: Values
    everything: tuple[float, ...]


@cache
def change_log(path: Path) -> tuple[Line, ...]:
    return tuple(
        Line(
            instant(line["captured_at"]),
            line["change"],
            instant(line["DATETIME"]),
            values(line),
            tuple(float(cell) for name, cell in line.items() if name not in ("captured_at", "change", "DATETIME")),
        )
        for line in lines_of(path)
    )


@dataclass(frozen=True)
class Load:
    """What the load of one capture did, and when it was."""

    captured_at: datetime
    counts: Counts
    known_at: datetime


def load_capture(journey: Journey, folder: Path, captured_at: datetime) -> Load:
    """Load one capture as a run would have done then: everything since New Year."""
    journey.portal.set(as_of=captured_at.isoformat(), csv=[str(folder / CHANGE_LOG)], now=None)
    counts = journey.ingest(Window(NEW_YEAR, captured_at))
    [(known_at,)] = journey.query("select last_known_at from ops.datasets where dataset = 'neso_generation_mix'")
    assert counts is not None
    return Load(captured_at, counts, known_at)


def values_of(journey: Journey) -> Copy:
    return {row[0]: row[1:] for row in journey.as_analyst(f"select {COLUMNS} from analytics.half_hourly_generation")}


def days(journey: Journey, *dates: str) -> Rows:
    """Of each day: half-hours expected, present and missing; and the number of its periods, and the last of them."""
    return journey.as_analyst(
        """
        select day.expected_half_hours, day.present_half_hours, day.missing_half_hours, periods.count, periods.last
        from analytics.daily_coverage as day
        inner join lateral (
            select count(*)::integer, max(settlement_period) as last from analytics.half_hourly_generation as half_hour
            where half_hour.settlement_date = day.settlement_date
        ) as periods on true
        where day.settlement_date::text = any(%s)
        order by day.settlement_date
        """,
        list(dates),
    )
