"""Nested JSON as flat rows: `{"intensity": {"forecast": 1}}` becomes `{"intensity.forecast": 1}`, and nothing is lost.

A name that came twice comes twice in the row, which the door refuses; one that nobody knows comes along as drift.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from include.ingestion.errors import DamagedAnswerError, OversizedAnswerError

NAME_AND_VALUE = 2
# Two weeks of 18 regions have half a million. Each takes a hundred times the memory of the byte it may come as.
MOST_PARTS = 2_000_000
# The same two weeks are 10 MB. What stands once above many rows is written into each.
MOST_FLAT_CHARACTERS = 128 << 20
MOST_NAME_CHARACTERS = 1_000
TO_THE_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ")


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written: names and values in their order."""

    def __getitem__(self, name: Any) -> Any:
        """Return the value of a name. Raises DamagedAnswerError where it is not there."""
        for each, value in self:
            if each == name:
                return value
        raise DamagedAnswerError(f"the answer lacks {name!r}")

    def without(self, name: str) -> "Pairs":
        """Return all but the value of a name."""
        return Pairs((each, value) for each, value in self if each != name)


def parse(body: bytes) -> Pairs:
    """Return a JSON object. Raises DamagedAnswerError where it is none, OversizedAnswerError for too many values."""
    if sum(map(body.count, (b"{", b"[", b","))) > MOST_PARTS:
        raise OversizedAnswerError(f"the answer has more than {MOST_PARTS:,} values")
    try:
        answer = json.loads(body, object_pairs_hook=Pairs)
    except (ValueError, RecursionError) as error:
        raise DamagedAnswerError(f"the answer is not the JSON it should be: {error}") from error
    if not isinstance(answer, Pairs):
        raise DamagedAnswerError("the answer is JSON, but no object")
    return answer


def as_list(value: Any) -> list[Pairs]:
    """Return a list of JSON objects. Raises DamagedAnswerError where it is none, or empty."""
    if not isinstance(value, list) or isinstance(value, Pairs) or not value:
        raise DamagedAnswerError("the answer has no rows where they should be")
    if not all(isinstance(each, Pairs) for each in value):
        raise DamagedAnswerError("the answer has something else among its rows")
    return value


def within(rows: Iterable[Pairs], name: str) -> Iterator[Pairs]:
    """Yield a row for each object in a list within a row, with all that the row says beside the list.

    Raises DamagedAnswerError where a row has no such list, or an empty one.
    """
    for row in rows:
        yield from (Pairs([*row.without(name), *inner]) for inner in as_list(row[name]))


def with_seconds(rows: Iterable[Pairs], *names: str) -> Iterator[Pairs]:
    """Yield rows with the instants of these names as RFC 3339 has them, where the seconds are left out."""
    for row in rows:
        yield Pairs((name, _with_seconds(value) if name in names else value) for name, value in row)


def _with_seconds(value: Any) -> Any:
    return f"{value[:-1]}:00Z" if isinstance(value, str) and TO_THE_MINUTE.fullmatch(value) else value


def flat(rows: Iterable[Pairs]) -> list[msgspec.Raw]:
    """Write each row as one flat object. A list of names with a value each is taken for an object.

    What such a value has beside it comes under its name, as `generationmix.gas.trend`. Raises DamagedAnswerError where
    names are too long, and OversizedAnswerError where the rows are far larger than what came.
    """
    room = _Room()
    return [msgspec.Raw(_written(row, room)) for row in rows]


class _Room:
    """What the rows of one answer may take."""

    def __init__(self) -> None:
        self._left = MOST_FLAT_CHARACTERS

    def take(self, cell: str) -> str:
        """Return a cell for which there is room. Raises OversizedAnswerError."""
        self._left -= len(cell)
        if self._left < 0:
            raise OversizedAnswerError(f"the answer's rows have more than {MOST_FLAT_CHARACTERS:,} characters")
        return cell


def _written(row: Pairs, room: _Room) -> bytes:
    cells = (room.take(f"{json.dumps(name)}:{json.dumps(value)}") for name, value in _cells(row, ""))
    return f"{{{','.join(cells)}}}".encode()


def _cells(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Pairs):
        for inner, each in value:
            yield from _cells(each, _below(name, inner))
    elif isinstance(value, list) and all(_is_named_value(each) for each in value):
        for (_, inner), (_, each), *further in value:
            yield _below(name, inner), each
            yield from _cells(Pairs(further), _below(name, inner))
    else:
        yield name, value


def _below(name: str, inner: str) -> str:
    if len(name) + len(inner) > MOST_NAME_CHARACTERS:
        raise DamagedAnswerError(f"the answer has a name of more than {MOST_NAME_CHARACTERS:,} characters")
    return f"{name}.{inner}" if name else inner


def _is_named_value(value: Any) -> bool:
    """Tell whether it begins like `{"fuel": "gas", "perc": 28.9}`."""
    return isinstance(value, Pairs) and len(value) >= NAME_AND_VALUE and isinstance(next(iter(value))[1], str)
