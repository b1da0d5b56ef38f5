"""Recorded years as histories: what backtests are made of. Read with nothing of ours but the history itself."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from include.forecasting.history import History
from include.settlement import HALF_HOUR

FUELHH = [f"elexon/fuelhh/fuelhh_{year}.csv.gz" for year in (2024, 2025, 2026)]
INTENSITY = ["carbon_intensity/national_intensity_2023.csv"]


def outturn(real_data: Path, column: str) -> History:
    """Elexon's half-hours of 2024 to 2026: INDO, WIND, CCGT … (MW)."""
    return _history(real_data, FUELHH, "period_start_utc", column)


def intensity(real_data: Path) -> History:
    """The API's half-hours of 2023, as measured (g/kWh)."""
    return _history(real_data, INTENSITY, "from", "actual")


def _history(real_data: Path, files: list[str], time: str, column: str) -> History:
    rows = [row for name in files for row in _rows(real_data / name) if row[column]]
    starts = [datetime.fromisoformat(row[time]).replace(tzinfo=UTC) for row in rows]
    places = [(at - starts[0]) // HALF_HOUR for at in starts]
    values = np.full(max(places) + 1, np.nan)
    values[places] = [float(row[column]) for row in rows]
    return History(starts[0], values)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return list(csv.DictReader(file))
