"""The door, many rows at a time: thousands of sound rows are read as fast as a few unusual ones.

The rules are those of `RowCheck`, which reads one by one where anything is unusual.
"""

import math
from itertools import repeat
from operator import attrgetter

import msgspec

from include.ingestion.check import RowCheck, unstorable
from include.ingestion.dataset import SourceRecord


class PageCheck:
    """Reads arrays of rows all of which are sound."""

    def __init__(self, checked: RowCheck) -> None:
        dataset = checked.dataset
        self._checked, self._holds, self._window_column = checked, checked.scope.holds, dataset.window_column
        kept = (*dataset.key_columns, *dataset.own_columns)
        self._floats = [attrgetter(each.name) for each in kept if each.sql_type == "double precision"]
        self._decoder = msgspec.json.Decoder(list[checked.as_sent], strict=False)  # type: ignore[name-defined]

    def sound(self, text: bytes) -> list[SourceRecord] | None:
        """Return the rows of an array, and count them; None where any is to be looked at by itself."""
        if unstorable(text):
            return None
        try:
            records: list[SourceRecord] = self._decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if self._checked.may_repeat_names(text, records) or not self._are_numbers(records):
            return None
        if not all(map(self._holds, records, repeat(self._window_column))):
            return None
        self._checked.take(records)
        return records

    def _are_numbers(self, records: list[SourceRecord]) -> bool:
        """Tell whether all floats are finite; JSON has no NaN. What is null, absent or zero adds nothing to the sum."""
        return all(math.isfinite(sum(filter(None, map(value, records)))) for value in self._floats)
