"""Typed values as PostgreSQL's COPY reads them, written by msgspec, which is the fastest way from Python.

JSON and CSV agree on all but line breaks within text and the brackets around a row, so what msgspec writes in one go
is CSV once these are replaced. Where no text holds anything special, quotes can go too, and PostgreSQL reads it faster:
https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg2 import sql

# But with TABS, which are for `copy_text`, only a bare null is null; text may be empty.
PLAIN = sql.SQL("with (delimiter ',', null 'null')")
TABS = sql.SQL("")
CSV = sql.SQL("with (format csv, null 'null', escape '\\')")
_ESCAPE = re.compile(rb'\\(?:u([0-9a-f]{4})|([bfnrt])|["\\])')
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
# A bytea, as the first value of a line, begins so.
_HEX = b'"\\\\x'


class Lines(NamedTuple):
    """Rows as text, and the options with which COPY reads them."""

    text: bytes
    written_as: sql.SQL


def typed_lines(
    rows: Sequence[tuple[Any, ...]], *, begin: bytes = b"", end: bytes = b"", is_csv: bool = False
) -> Lines:
    """Return a line for each row; `begin` and `end` have further values that all lines begin and end with.

    What is absent is null; so are floats that are no numbers, which JSON does not have.
    """
    return _lines(rows, b"", begin, end, is_csv=is_csv)


def hashed_lines(
    hashes: Sequence[str], rows: Sequence[tuple[Any, ...]], *, end: bytes = b"", is_csv: bool = False
) -> Lines:
    """Return a line for each row as `typed_lines` does, with its hash, given in hexadecimal, before it."""
    hashed = [(each, *row) for each, row in zip(hashes, rows, strict=True)]
    return _lines(hashed, b'"', _HEX, end, is_csv=is_csv)


def line_end(*values: Any) -> bytes:
    """Return values as the end of a line. Text among them is to hold nothing special, unless lines are CSV."""
    return b"," + typed_lines([values], is_csv=True).text[:-1]


def line_begin(*values: Any) -> bytes:
    """Return values as the beginning of a line, as `line_end` does."""
    return typed_lines([values], is_csv=True).text[:-1] + b","


def _lines(rows: Sequence[tuple[Any, ...]], begin: bytes, begin_so: bytes, end: bytes, *, is_csv: bool) -> Lines:
    """Return a line for each row; what each begins with is replaced."""
    if not rows:
        return Lines(b"", CSV)
    written = _JSON.encode_lines(rows)
    between = written[1 + len(begin) : -2].replace(b"]\n[" + begin, end + b"\n" + begin_so)
    lines = begin_so + between + end + b"\n"
    if not is_csv and _is_plain(written, values=len(rows) * len(rows[0])):
        return Lines(lines.translate(None, b'"'), PLAIN)
    # Of what is CSV already, quotes and backslashes, this leaves all as it is.
    return Lines(_ESCAPE.sub(_unescaped, lines) if b"\\" in written else lines, CSV)


def _is_plain(written: bytes, *, values: int) -> bool:
    """Tell whether all commas stand between values, no text looks like null, and none has anything escaped."""
    return written.count(b",") + written.count(b"\n") == values and b"\\" not in written and b'"null"' not in written


def _nothing(value: Any) -> None:
    """Write null for what is absent."""
    if value is not msgspec.UNSET:
        raise TypeError(f"{type(value).__name__} has no column")


_JSON = msgspec.json.Encoder(enc_hook=_nothing)


def _unescaped(escape: "re.Match[bytes]") -> bytes:
    code, control = escape.groups()
    if code is not None:
        return chr(int(code, 16)).encode()
    # A quote and a backslash are escaped as JSON has it.
    return _CONTROL[control] if control is not None else escape[0]
