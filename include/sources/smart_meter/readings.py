"""What a file of readings says: the half-hours of one meterpoint, in kWh, by British local time.

A file is an object of `columns` and `data`, a list of lists; its name begins with the meterpoint. Rows are in no order.
When the clocks go back, 01:00 and 01:30 come twice: the first is of summer time, the second of winter time.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec

from include.ingestion.check import MOST_UNKNOWN_COLUMNS, UNKNOWN_NAME_CHARACTERS, UNREADABLE, RejectedRow
from include.ingestion.delivery import Reading, RefusedFileError
from include.ingestion.told import told
from include.ingestion.window import Window
from include.settlement import HALF_HOUR, LONDON, starts_half_hour

STARTED_AT, CONSUMED, METERPOINT = "interval_start", "consumption_delta", "meterpoint_id"
COLUMNS = (STARTED_AT, CONSUMED, METERPOINT)
# 23 kW, the most that a house's fuse lets through, is 11.5 kWh; a factory's meter may show more.
MOST_KWH = 1_000_000
# Three days, as recorded; of longer files few are alike.
FEW_STAMPS = 150
# `0432df65f7.json`, `0432df65f7_2021-01-04.json`, `2021-01-04/0432df65f7.json`.
_NAME = re.compile(r"(?P<meterpoint>[0-9A-Za-z]+)(?:[._-].*)?")
_NUMBERS = {float, int}


class _File(msgspec.Struct):
    columns: list[str]
    data: list[list[Any]]


_DECODER = msgspec.json.Decoder(_File)


def meterpoint_of(path: str) -> str | None:
    """Return the meterpoint that a file's name begins with, or None."""
    found = _NAME.fullmatch(PurePosixPath(path).stem)
    return found["meterpoint"] if found else None


def read(path: str, held: bytes) -> Reading:
    """Return what a file says, with the rows that cannot be read. Raises RefusedFileError."""
    meterpoint = meterpoint_of(path)
    if meterpoint is None:
        raise RefusedFileError("its name does not begin with a meterpoint")
    file = _decoded(held)
    if not file.data:
        raise RefusedFileError("it is empty: it has no rows")
    places = _places(file.columns)
    return _all_sound(file.data, places, meterpoint) or _one_by_one(file, places, meterpoint)


def _decoded(held: bytes) -> _File:
    if not held.strip():
        raise RefusedFileError("it is empty")
    try:
        return _DECODER.decode(held)
    except msgspec.ValidationError as error:
        raise RefusedFileError(f"it does not hold columns and data: {told(str(error))}") from None
    except UNREADABLE as error:
        raise RefusedFileError(f"it is cut off, or no JSON: {told(str(error))}") from None


def _places(columns: Sequence[str]) -> tuple[int, int, int]:
    """Return where instant, consumption and meterpoint stand in a row."""
    missing = [name for name in COLUMNS if columns.count(name) != 1]
    if missing:
        raise RefusedFileError(f"the header has not one column {missing[0]}")
    return columns.index(STARTED_AT), columns.index(CONSUMED), columns.index(METERPOINT)


def _all_sound(data: list[list[Any]], places: tuple[int, int, int], meterpoint: str) -> Reading | None:
    """Return what the rows say where all of them are sound and usual, else None: this is how millions are read."""
    try:
        by_column = list(zip(*data, strict=True))
        stamps, values, owners = (by_column[place] for place in places)
        usual = _in_order(stamps) if len(stamps) <= FEW_STAMPS else _in_order.__wrapped__(stamps)
    except (IndexError, TypeError, ValueError):
        return None
    if (
        len(by_column) != len(places)
        or set(owners) != {meterpoint}
        or not set(map(type, values)) <= _NUMBERS
        or not 0 <= min(values) <= max(values) < MOST_KWH
    ):
        return None
    return Reading(meterpoint, list(zip(usual.instants, usual.arranged(values), strict=True)), usual.covers)


class _InOrder(NamedTuple):
    """Local times by the instants that they are."""

    instants: Sequence[datetime]
    arranged: Callable[[Sequence[Any]], Sequence[Any]]
    """Brings what stands beside the local times into the order of the instants."""
    covers: Window


@lru_cache(maxsize=256)
def _in_order(stamps: tuple[str, ...]) -> _InOrder:
    """Return local times that come once each, in order. Many files of a day have the same ones.

    Raises ValueError for any others.
    """
    instants = list(map(_only_instant, stamps))
    if len(set(instants)) != len(instants):
        raise ValueError("Expected each half-hour once")
    places = sorted(range(len(instants)), key=instants.__getitem__)
    in_order = tuple(instants[place] for place in places)
    arranged = tuple if places == list(range(len(places))) else itemgetter(*places)
    return _InOrder(in_order, arranged, Window(in_order[0], in_order[-1] + HALF_HOUR))


def _span(instants: Iterable[datetime]) -> Window:
    held = sorted(instants)
    return Window(held[0], held[-1] + HALF_HOUR)


@lru_cache(maxsize=200_000)
def _only_instant(stamp: str) -> datetime:
    """Return the instant (UTC) of a local time that comes once. Raises ValueError for any other."""
    [instant] = _instants(stamp)
    return instant


@lru_cache(maxsize=10_000)
def _instants(stamp: str) -> tuple[datetime, ...]:
    """Return the instants (UTC) of a local time: none, one or two, summer time first.

    Raises ValueError where it is no local time, or does not start a half-hour.
    """
    local = datetime.fromisoformat(stamp)
    if local.tzinfo is not None:
        raise ValueError("Expected local time without an offset")
    both = [local.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if not starts_half_hour(both[0]):
        raise ValueError("Expected the start of a half-hour")
    there = dict.fromkeys(each for each in both if each.astimezone(LONDON).replace(tzinfo=None) == local)
    return tuple(there)


def _one_by_one(file: _File, places: tuple[int, int, int], meterpoint: str) -> Reading:
    """Return what the rows say, each looked at by itself."""
    rows = _Rows(meterpoint, file.columns, places)
    for row in file.data:
        rows.take(row)
    return rows.reading()


class _Rows:
    """The rows of a file that is not all sound and usual."""

    def __init__(self, meterpoint: str, columns: Sequence[str], places: tuple[int, int, int]) -> None:
        self._meterpoint, self._columns, self._places = meterpoint, columns, places
        self._by_stamp: dict[str, list[tuple[float, list[Any]]]] = {}
        self._rejected: list[RejectedRow] = []
        self._repeated = 0
        self._read: dict[datetime, float] = {}

    def take(self, row: list[Any]) -> None:
        """Look at a row's columns."""
        reason = self._wrong_with(row)
        if reason:
            self._reject(reason, row)
            return
        stamp, value, _ = (row[place] for place in self._places)
        self._by_stamp.setdefault(stamp, []).append((value, row))

    def _wrong_with(self, row: list[Any]) -> str | None:
        if len(row) != len(self._columns):
            return f"Expected {len(self._columns)} values"
        stamp, value, owner = (row[place] for place in self._places)
        if owner != self._meterpoint:
            raise RefusedFileError("it holds another meterpoint than its name says")
        if value is None:
            return f"Expected a number, got null - at `$.{CONSUMED}`"
        if type(value) not in _NUMBERS:
            return f"Expected a number, got `{type(value).__name__}` - at `$.{CONSUMED}`"
        if not (math.isfinite(value) and 0 <= value < MOST_KWH):
            return f"Expected 0 to {MOST_KWH:,} kWh - at `$.{CONSUMED}`"
        return _wrong_with_stamp(stamp)

    def _reject(self, reason: str, row: list[Any], observed_at: datetime | None = None) -> None:
        """Keep a row that is refused, without its meterpoint."""
        kept = {name: value for name, value in zip(self._columns, row, strict=False) if name != METERPOINT}
        self._rejected.append(RejectedRow(reason, msgspec.json.encode(kept), None, observed_at))

    def reading(self) -> Reading:
        """Return what was read, once all rows are taken."""
        for stamp, rows in self._by_stamp.items():
            self._resolve(_instants(stamp), rows)
        instants = [*self._read, *(each.observed_at for each in self._rejected if each.observed_at is not None)]
        return Reading(
            self._meterpoint,
            sorted(self._read.items()),
            _span(instants) if instants else None,
            self._rejected,
            self._repeated,
            self._unknown_columns(),
        )

    def _resolve(self, instants: tuple[datetime, ...], rows: list[tuple[float, list[Any]]]) -> None:
        """Give the rows of one local time their instants: the first is of summer time."""
        if len(instants) > 1 and len(rows) == 1:
            self._reject("Comes twice on this day, and is there once: it may be either", rows[0][1])
        elif len(instants) > 1 and len(rows) == len(instants):
            self._read.update(zip(instants, (value for value, _ in rows), strict=True))
        elif len({value for value, _ in rows}) > 1 or len(instants) > 1:
            for _, row in rows:
                self._reject("Same half-hour came more than once with different values", row, instants[0])
        else:
            self._repeated += len(rows) - 1
            self._read[instants[0]] = rows[0][0]

    def _unknown_columns(self) -> list[tuple[str, str]]:
        return [(told(name, UNKNOWN_NAME_CHARACTERS), "") for name in self._columns if name not in COLUMNS][
            :MOST_UNKNOWN_COLUMNS
        ]


def _wrong_with_stamp(stamp: Any) -> str | None:
    if not isinstance(stamp, str):
        return f"Expected a local time - at `$.{STARTED_AT}`"
    try:
        instants = _instants(stamp)
    except (ValueError, OverflowError):
        return f"Expected the local time at which a half-hour starts - at `$.{STARTED_AT}`"
    return None if instants else f"Is no time of this day: the clocks went forward - at `$.{STARTED_AT}`"
