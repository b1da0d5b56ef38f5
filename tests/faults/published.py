"""What the publisher says, read from its CSV file with nothing of ours: the truth a warehouse is held against."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import requests

DOWNLOAD = "/dataset/88313ae5-94e4-4ddc-a790-593554d8c6b9/resource/f93d1835-75bc-43e5-84ad-12472b180a98/download/"
FILE = "df_fuel_ckan.csv"
ANSWER_S = 60
# The fuels as analysts know them, and as NESO does.
FUELS = {
    **{"gas": "GAS", "coal": "COAL", "nuclear": "NUCLEAR", "wind": "WIND", "embedded_wind": "WIND_EMB"},
    **{"hydro": "HYDRO", "imports": "IMPORTS", "biomass": "BIOMASS", "other": "OTHER", "solar": "SOLAR"},
    "storage": "STORAGE",
}

Row: TypeAlias = dict[str, float]
Copy: TypeAlias = dict[datetime, Row]


def copy_of(lines: Iterable[dict[str, str]]) -> Copy:
    """Return the published numbers by half-hour; a later line replaces an earlier one."""
    return {instant(line["DATETIME"]): numbers(line) for line in lines}


def numbers(line: dict[str, str]) -> Row:
    """Return the numbers of one line, by the publisher's names."""
    return {name: float(cell) for name, cell in line.items() if name not in ("DATETIME", "captured_at", "change")}


def instant(text: str) -> datetime:
    """Read one of NESO's stamps: UTC, with or without its offset."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def download(portal: str) -> Copy:
    """Return what the portal publishes now, by the download that the platform never uses."""
    response = requests.get(portal.split("/api/", maxsplit=1)[0] + DOWNLOAD + FILE, timeout=ANSWER_S)
    response.raise_for_status()
    return copy_of(csv.DictReader(io.StringIO(response.text)))


def lines_of(path: Path) -> Iterator[dict[str, str]]:
    """Return the lines of a recorded file."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader(file)
