"""The door, many rows at a time: thousands of sound rows are read as fast as a few unusual ones.

The rules are those of `RowCheck`, which reads one by one where anything is unusual.
"""

import math
from operator import attrgetter

import msgspec

from include.ingestion.check import UNREADABLE, RowCheck, unstorable
from include.ingestion.dataset import SourceRecord


class PageCheck:
    """Reads arrays of rows all of which are sound."""

    def __init__(self, checked: RowCheck) -> None:
        dataset = checked.dataset
        self._checked, self._window_column = checked, dataset.window_column
        names = checked.scope.fields(dataset.window_column)
        self._told_by = attrgetter(*names) if names else None
        kept = (*dataset.key_columns, *dataset.own_columns)
        self._floats = [attrgetter(each.name) for each in kept if each.sql_type == "double precision"]
        self._decoder = msgspec.json.Decoder(list[checked.as_sent], strict=False)  # type: ignore[name-defined]

    def sound(self, text: bytes) -> list[SourceRecord] | None:
        """Return the rows of an array, and count them; None where any is to be looked at by itself."""
        if unstorable(text):
            return None
        try:
            records: list[SourceRecord] = self._decoder.decode(text)
        except UNREADABLE:
            return None
        if self._checked.may_repeat_names(text, records) or not self._are_numbers(records):
            return None
        if not self._are_of_scope(records):
            return None
        self._checked.take(records)
        return records

    def _are_of_scope(self, records: list[SourceRecord]) -> bool:
        """Tell whether all records are of the scope; those that it cannot tell apart are looked at once."""
        if self._told_by is None:
            return True
        told_apart = dict(zip(map(self._told_by, records), records, strict=True))
        return all(self._checked.scope.holds(each, self._window_column) for each in told_apart.values())

    def _are_numbers(self, records: list[SourceRecord]) -> bool:
        """Tell whether all floats are finite; JSON has no NaN. What is null, absent or zero adds nothing to the sum."""
        return all(math.isfinite(sum(filter(None, map(value, records)))) for value in self._floats)
