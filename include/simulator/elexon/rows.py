"""Rows of an answer, and the bodies they stand in."""

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

ROWS_IN_A_PIECE = 500


class WrittenRow(Row):
    """A row that keeps the text in which it was written; whoever changes it makes a plain row of it first."""

    def __init__(self, text: str, members: Row | None = None) -> None:
        super().__init__(json.loads(text) if members is None else members)
        self.text = text


class Envelope(Enum):
    """What stands around the rows."""

    DATA = ('{"data":[', "]}")
    DATA_AFTER_NOTHING = ('{"metadata":null,"data":[', "]}")
    ARRAY = ("[", "]")

    def body(self, rows: Iterable[Row]) -> bytes:
        opening, closing = self.value
        return f"{opening}{spelt(rows)}{closing}".encode()


def sourced(datasets: Iterable[str], rows: Iterable[Row]) -> bytes:
    """Return the body of a route that tells from which datasets its rows come."""
    return f'{{"metadata":{{"datasets":{_compact(list(datasets))}}},"data":[{spelt(rows)}]}}'.encode()


def in_pieces(rows: Iterable[Row], *, closing: bytes = b"]") -> Iterator[bytes]:
    """Yield a bare array piece by piece, as the rows come."""
    coming = iter(rows)
    yield b"["
    before = ""
    while some := list(islice(coming, ROWS_IN_A_PIECE)):
        yield f"{before}{spelt(some)}".encode()
        before = ","
    yield closing


def spelt(rows: Iterable[Row]) -> str:
    """Return rows with commas between them."""
    listed = rows if isinstance(rows, list) else list(rows)
    if any(isinstance(row, WrittenRow) for row in listed):
        return ",".join(row.text if isinstance(row, WrittenRow) else _compact(row) for row in listed)
    return _compact(listed)[1:-1]


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
