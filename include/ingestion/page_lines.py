"""The lines for COPY that pages become."""

import math
from collections.abc import Sequence
from itertools import starmap
from typing import Any

import msgspec

from include.ingestion.check import AcceptedRow, RowCheck, rows
from include.ingestion.content_hash import values_of
from include.ingestion.copy_text import copy_fields
from include.ingestion.dataset import Page
from include.ingestion.page_check import PageCheck
from include.ingestion.typed_lines import CSV, TABS, Lines, hashed_lines, line_end, typed_lines

# More at once are no faster, and take more memory.
ROWS_AT_ONCE = 1_000
_NO_BREAKS = bytes.maketrans(b"\t\r\n", b"   ")


class TypedLines:
    """Rows by their typed values; `columns` are those of a line."""

    def __init__(self, checked: RowCheck, *, is_hashed: bool = True, end_columns: Sequence[str] = ()) -> None:
        kept = [each.name for each in (*checked.dataset.key_columns, *checked.dataset.own_columns)]
        self.columns = [*(["content_hash"] if is_hashed else []), *kept, "_extra", *end_columns]
        self._checked, self._page_check, self._is_hashed = checked, PageCheck(checked, trims=True), is_hashed
        self._values = values_of(kept)

    def of(self, page: Page, end: Sequence[Any] = ()) -> Lines:
        """Return a line for each row that keeps its contract and is of the scope; all end with the same values.

        Raises what `RowCheck.accepted` does.
        """
        records = self._page_check.sound(page if isinstance(page, bytes) else _array(page))
        if records is None:
            return Lines(b"".join(self._line(row, end) for row in self._checked.accepted(page)), CSV)
        values, ending = list(map(self._values, records)), line_end(None, *end)
        if not self._is_hashed:
            return typed_lines(values, end=ending)
        return hashed_lines(self._checked.content_hash.of_all(records), values, end=ending)

    def _line(self, row: AcceptedRow, end: Sequence[Any]) -> bytes:
        values = tuple(map(_as_read, (*row.key, *row.values)))
        ending = line_end(msgspec.json.encode(row.unknown).decode() if row.unknown else None, *end)
        if not self._is_hashed:
            return typed_lines([values], end=ending, is_csv=True).text
        return hashed_lines([row.content_hash.hex()], [values], end=ending, is_csv=True).text


class PayloadLines:
    """Rows as published, behind their keys; `columns` are those of a line."""

    def __init__(self, checked: RowCheck) -> None:
        kept = [each.name for each in (*checked.dataset.key_columns, *checked.dataset.own_columns)]
        self.columns = [*kept, "content_hash", "published"]
        self._checked, self._page_check, self._values = checked, PageCheck(checked), values_of(kept)

    def of(self, page: Page) -> Lines:
        """Return a line for each row that keeps its contract and is of the scope.

        Raises what `RowCheck.accepted` does.
        """
        each = rows(page)
        batches = (each[start : start + ROWS_AT_ONCE] for start in range(0, len(each), ROWS_AT_ONCE))
        return Lines(b"".join(map(self._batch, batches)), TABS)

    def _batch(self, each: Sequence[msgspec.Raw]) -> bytes:
        records = self._page_check.sound(_array(each))
        if records is None:
            accepted = self._checked.accepted(each)
            lines = [_payload_line((*row.key, *row.values), row.content_hash.hex(), row.published) for row in accepted]
        else:
            hashes = self._checked.content_hash.of_all(records)
            kept = zip(map(self._values, records), hashes, map(bytes, each), strict=True)
            lines = list(starmap(_payload_line, kept))
        return b"".join(lines)


def _array(each: Sequence[msgspec.Raw]) -> bytes:
    return b"[%b]" % b",".join(each)


def _payload_line(values: tuple[Any, ...], content_hash: str, published: bytes) -> bytes:
    # JSON has line breaks and tabs only between its tokens; within text they are escaped.
    text = published.replace(b"\\", b"\\\\").translate(_NO_BREAKS)
    return b"%b\t\\\\x%b\t%b\n" % (copy_fields(values), content_hash.encode(), text)


def _as_read(value: Any) -> Any:
    """Return a float that is no number as PostgreSQL reads it."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
