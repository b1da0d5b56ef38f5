"""Recorded answers and tables, served half-hour by half-hour in the API's own words.

A JSON body is served as it was received. A table has the columns from, to, forecast, actual and index; one of polls
has each half-hour as it read at `fetched_at`, and is known from then on.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from include.simulator.carbon_intensity.asking import Family
from include.simulator.carbon_intensity.records import Record
from include.simulator.state import StateError, instant

# What tells a family's records from those of the others.
MARKS = {"regions": Family.REGIONAL, "generationmix": Family.GENERATION, "intensity": Family.NATIONAL}


@dataclass(frozen=True)
class RecordedHalfHour:
    """A record, when its half-hour ended, and since when it reads so; None for a body without that."""

    ended_at: datetime
    known_at: datetime | None
    record: Record


@dataclass(frozen=True)
class Recordings:
    """All that was recorded, by family; the oldest half-hour first, and of one half-hour what was recorded first."""

    half_hours: dict[Family, list[RecordedHalfHour]]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> "Recordings":
        """Read tables (.csv) and bodies (.json). Raises StateError for what is neither."""
        read: dict[Family, list[RecordedHalfHour]] = {}
        for path in paths:
            for record, known_at in _of_file(path):
                family = _family(record, path)
                read.setdefault(family, []).append(RecordedHalfHour(instant(record["to"]), known_at, record))
        return cls({family: sorted(each, key=lambda half_hour: half_hour.ended_at) for family, each in read.items()})

    def records(self, family: Family, begin: datetime, end: datetime, clock: datetime) -> list[Record]:
        """Return what was known at `clock` of the half-hours that end from `begin` to `end`."""
        known = (half_hour for half_hour in self.half_hours[family] if begin <= half_hour.ended_at <= end)
        shown: dict[object, Record] = {}
        for number, half_hour in enumerate(known):
            if half_hour.known_at is None:
                shown[number] = half_hour.record  # a body may tell a half-hour twice
            elif half_hour.known_at <= clock:
                shown[half_hour.ended_at] = half_hour.record
        return list(shown.values())


def _of_file(path: Path) -> list[tuple[Record, datetime | None]]:
    try:
        if path.suffix == ".csv":
            with path.open(newline="") as file:
                return [_of_row(row) for row in csv.DictReader(file)]
        data = json.loads(path.read_bytes())["data"]
        return [(record, None) for record in (data if isinstance(data, list) else [data])]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path} cannot be read as an answer or a table of the API: {error!r}") from error


def _of_row(row: dict[str, str]) -> tuple[Record, datetime | None]:
    intensity: dict[str, Any] = {"forecast": _whole(row.get("forecast") or row["forecast_gco2_kwh"])}
    intensity["actual"] = _whole(row["actual"] if "actual" in row else row["actual_gco2_kwh"])
    intensity["index"] = row["index"]
    begin, end = (row[name] if name in row else row[f"{name}_ts"] for name in ("from", "to"))
    known_at = instant(row["fetched_at"]) if "fetched_at" in row else None
    return {"from": _stamp(begin), "to": _stamp(end), "intensity": intensity}, known_at


def _whole(text: str) -> int | None:
    return round(float(text)) if text else None


def _stamp(text: str) -> str:
    return instant(text).strftime("%Y-%m-%dT%H:%MZ")


def _family(record: Record, path: Path) -> Family:
    for mark, family in MARKS.items():
        if mark in record and "regionid" not in record:
            return family
    raise StateError(f"{path} holds no answer about the country, its mix or all of its regions")
