"""How dates, instants and settlement periods are written in an address."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from include.simulator.elexon.problems import NotFoundError, RefusedError
from include.simulator.elexon.settlement import MOST_PERIODS

DATE = re.compile(r"\d{4}-\d\d-\d\d")
# Others are taken for slips.
YEARS = range(1990, 2200)


def instant(given: Mapping[str, str], name: str) -> datetime:
    """Read an instant; without a zone it is UTC, a date alone is its midnight. Raises RefusedError."""
    try:
        read = datetime.fromisoformat(given[name].strip().replace("/", "-"))
    except ValueError:
        raise _invalid(given, name) from None
    if read.year not in YEARS:
        raise _invalid(given, name)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def day(given: Mapping[str, str], name: str) -> date:
    """Read a date in exactly one spelling. Raises NotFoundError where it is missing, and RefusedError."""
    if name not in given:
        raise NotFoundError(name)
    try:
        read = date.fromisoformat(given[name])
    except ValueError:
        raise _invalid(given, name) from None
    if not DATE.fullmatch(given[name]) or read.year not in YEARS:
        raise _invalid(given, name)
    return read


def period(given: Mapping[str, str], name: str) -> int:
    """Read a settlement period. Raises NotFoundError where it is missing, and RefusedError."""
    if name not in given:
        raise NotFoundError(name)
    if not given[name].isascii() or not given[name].isdigit():
        raise _invalid(given, name)
    if not 1 <= int(given[name][:4]) <= MOST_PERIODS:
        raise RefusedError(f"The settlement period must be between 1 and {MOST_PERIODS} inclusive", about=name)
    return int(given[name])


def _invalid(given: Mapping[str, str], name: str) -> RefusedError:
    return RefusedError(f"The value '{given[name]}' is not valid.", about=name)
