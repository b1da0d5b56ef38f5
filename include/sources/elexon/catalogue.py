"""The committed catalogue: every dataset of Elexon's, as published, and how it is loaded.

All that the warehouse has of a dataset follows from its entry: record, raw table, view of `analytics`, staging model.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from include.sources.elexon.openapi import Described

FILE = Path(__file__).parent / "catalogue.json"
FIRST_DAY = date(2016, 1, 1)


class AskedBy(StrEnum):
    """The family of its parameters; each stands for the names in `include.sources.elexon.asking`."""

    PUBLISHED = "time of publication"
    MEASURED = "time of measurement"
    SUBMITTED = "time of submission"
    PUBLISHED_FROM_TO = "time of publication, as from and to"
    SETTLEMENT = "settlement period, as from and to"
    SETTLEMENT_BY_DATE = "settlement date and period"


class Kept(StrEnum):
    """How raw keeps it."""

    VERSIONS = "versions"
    """Every version of a row, by a key that is known."""
    WINDOWS = "windows"
    """The last answer for a day or a month: what is big, and what has no known key."""


class Block(StrEnum):
    """How much is asked for at once, in whole London days."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Loaded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a dataset is loaded: what Elexon does not say."""

    asked_by: AskedBy
    key: list[str]
    """Published names of the fields that name a row. Of what is kept by windows they are a guess, which is proven on
    every answer: no two rows of one may have the same."""
    nullable_key: list[str] = []
    """Those of them that may be null."""
    wins: list[str] = []
    """Of rows with one key, the one with the greatest of these counts."""
    kept: Kept = Kept.VERSIONS
    block: Block = Block.WEEK
    is_daily: bool = False
    """Whether it is loaded once a day, and not as soon as it has moved."""
    by_settlement_run: bool = False
    """Whether a day is asked for on the days its settlement runs are due, and not by looking back."""
    lead_hours: int = 0
    """How long before a day it is asked for, as its rows may begin before the period that they are listed under."""
    always_has_rows: bool = False
    """Whether a day without rows is no answer."""
    longest_window: str | None = None
    """What its plain route was seen to take at most, where its description does not say."""
    counted_as: str | None = None
    """Its name under `/data-status`, which counts its rows by settlement period."""
    first_day: date = FIRST_DAY
    """Since when it is published."""
    modelled_in: str | None = None
    """The release whose models read it; none where readers see it only as raw has it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset of the catalogue."""

    published: Described
    loaded: Loaded

    @property
    def first_at(self) -> datetime:
        """Since when it is published."""
        return datetime.combine(self.loaded.first_day, datetime.min.time(), UTC)


Catalogue = Mapping[str, Entry]


@cache
def committed() -> Catalogue:
    """Return the catalogue of this repository, by code."""
    return read(FILE.read_bytes())


def read(text: bytes) -> Catalogue:
    """Return a catalogue. Raises msgspec.ValidationError where it is none."""
    return msgspec.json.decode(text, type=dict[str, Entry])


def written(catalogue: Catalogue) -> bytes:
    """Return a catalogue as it is committed: ordered by code, a value a line."""
    return msgspec.json.format(msgspec.json.encode(dict(sorted(catalogue.items()))), indent=1) + b"\n"


def snake_case(published: str) -> str:
    """Return a published name as our columns have it: `nationalGridBmUnit` is `national_grid_bm_unit`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", published).lower()


# Measures are no part of a key.
_MEASURES = re.compile(
    r"(?i)(generation|demand|level|quantity|volume|price|amount|capacity|outputUsable|margin|surplus)"
)


def guessed(published: Described) -> Loaded:
    """Return how a dataset that nobody has looked at is loaded: by windows, keyed by all that is no measure.

    Raises ValueError where its parameters are of no known family.
    """
    asked_by = family(published.stream or published.plain)
    names = [name for name, kind in published.fields.items() if kind.rstrip("?") not in ("float", "json")]
    key = [name for name in names if not _MEASURES.search(name)]
    nullable = [name for name in key if published.fields[name].endswith("?")]
    return Loaded(asked_by=asked_by, key=key, nullable_key=nullable, kept=Kept.WINDOWS, block=Block.DAY)


def family(parameters: list[str]) -> AskedBy:
    """Return which family some parameters are of. Raises ValueError where it is none that we know."""
    names = {each.rstrip("*") for each in parameters}
    told_by = {
        "publishDateTimeFrom": AskedBy.PUBLISHED,
        "measurementDateTimeFrom": AskedBy.MEASURED,
        "submissionDateTimeFrom": AskedBy.SUBMITTED,
        "settlementDateFrom": AskedBy.SETTLEMENT_BY_DATE,
        "from": AskedBy.SETTLEMENT if names - {"from", "to"} else AskedBy.PUBLISHED_FROM_TO,
    }
    for name, asked_by in told_by.items():
        if name in names:
            return asked_by
    raise ValueError(f"the parameters {', '.join(parameters)} are of no known family")


def largest_window(published: Described, loaded: Loaded | None) -> str | None:
    """Return what the plain route takes at most: as its parameters say, its description, or what it refused."""
    if "settlementPeriod*" in published.plain:
        return "1 settlement period"
    return published.longest_window or (loaded.longest_window if loaded else None)
