"""The door, many rows at a time: thousands of sound rows are read as fast as a few unusual ones.

The rules are those of `RowCheck`, which reads one by one where anything is unusual.
"""

import math
from operator import attrgetter

import msgspec

from include.ingestion.check import UNREADABLE, RowCheck, unstorable
from include.ingestion.dataset import SourceRecord


class PageCheck:
    """Reads arrays of rows all of which are sound; what lies at the edge of the scope is left out where it `trims`."""

    def __init__(self, checked: RowCheck, *, trims: bool = False) -> None:
        dataset = checked.dataset
        self._checked, self._window_column, self._trims = checked, dataset.window_column, trims
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
        kept = self._of_scope(records)
        if kept is not None:
            self._checked.take(kept, outside=len(records) - len(kept))
        return kept

    def _of_scope(self, records: list[SourceRecord]) -> list[SourceRecord] | None:
        """Return the records of the scope; None where others are to be looked at by themselves.

        Those that the scope cannot tell apart are looked at once.
        """
        if self._told_by is None:
            return records
        told_apart = dict(zip(map(self._told_by, records), records, strict=True))
        outside = {
            told for told, each in told_apart.items() if not self._checked.scope.holds(each, self._window_column)
        }
        if not outside:
            return records
        lie_at_edge = all(self._checked.is_at_edge(each) for each in records if self._told_by(each) in outside)
        if not self._trims or not lie_at_edge:
            return None
        return [each for each in records if self._told_by(each) not in outside]

    def _are_numbers(self, records: list[SourceRecord]) -> bool:
        """Tell whether all floats are finite; JSON has no NaN. What is null, absent or zero adds nothing to the sum."""
        return all(math.isfinite(sum(filter(None, map(value, records)))) for value in self._floats)
