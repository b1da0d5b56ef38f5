"""What a path asks for: a family of records, and the span in which their half-hours end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

LONGEST_SPAN = timedelta(days=14)

BAD_INSTANT = "Please enter a valid datetime in ISO8601 format YYYY-MM-DDThh:mmZ e.g. /intensity/2017-08-25T15:30Z"
# The documentation tells the limit, nobody the words.
TOO_LONG = f"The maximum range is {LONGEST_SPAN.days} days."
ENDS_BEFORE_IT_BEGINS = "The end of the range is before its beginning."

# As documented, with seconds as some clients send them, and a plain date.
INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?")
# How far a range named by words reaches from its instant.
REACHES = {"fw24h": timedelta(hours=24), "fw48h": timedelta(hours=48), "pt24h": timedelta(hours=-24)}


class Family(Enum):
    """What records tell of, and the path at which they are asked for."""

    NATIONAL = "/intensity"
    GENERATION = "/generation"
    REGIONAL = "/regional/intensity"
    FACTORS = "/intensity/factors"


# Words of a range that a family does not know.
UNKNOWN_WORDS = {Family.GENERATION: ("fw24h", "fw48h")}


class PathError(Exception):
    """Nothing is at this path."""


class RefusedError(Exception):
    """The path makes no sense; the message is the API's."""


@dataclass(frozen=True)
class Asked:
    """Half-hours of a family that end from `begin` on and no later than `end`; where both are None, the current one."""

    family: Family
    begin: datetime | None = None
    end: datetime | None = None


def asked_by(path: str) -> Asked:
    """Read a path below the API's address. Raises PathError and RefusedError."""
    path = path.rstrip("/")
    if path == Family.FACTORS.value:
        return Asked(Family.FACTORS)
    for family in (Family.NATIONAL, Family.GENERATION, Family.REGIONAL):
        if path == family.value and family is not Family.REGIONAL:
            return Asked(family)
        if path.startswith(family.value + "/"):
            return _range(family, path.removeprefix(family.value + "/").split("/"))
    raise PathError(path)


def _range(family: Family, parts: Sequence[str]) -> Asked:
    if len(parts) != 2:  # noqa: PLR2004 - a beginning and an end
        raise PathError("/".join(parts))
    begin = _instant(parts[0])
    if parts[1] in REACHES and parts[1] not in UNKNOWN_WORDS.get(family, ()):
        other = begin + REACHES[parts[1]]
        return Asked(family, min(begin, other), max(begin, other))
    end = _instant(parts[1])
    if end < begin:
        raise RefusedError(ENDS_BEFORE_IT_BEGINS)
    if end - begin > LONGEST_SPAN:
        raise RefusedError(TOO_LONG)
    return Asked(family, begin, end)


def _instant(text: str) -> datetime:
    if INSTANT.fullmatch(text):
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise RefusedError(BAD_INSTANT) from None
        return read.replace(tzinfo=UTC)
    raise RefusedError(BAD_INSTANT)
