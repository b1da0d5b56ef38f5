"""How the queries of pages would read their tables: by an index, or whole."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from include.serving.dashboard.reader import Reader

BY_INDEX = frozenset({"Index Scan", "Index Only Scan", "Bitmap Heap Scan"})


class Explainer(Reader):
    """Answers every query with no rows, and keeps from what tables it would have read, and how."""

    def __init__(self, connection: Any, columns: Sequence[str]) -> None:
        super().__init__(connection)
        self.scans: list[tuple[str, str]] = []
        self._columns = columns
        # A table of few rows would be read whole for being small.
        with connection.cursor() as cursor:
            cursor.execute("set enable_seqscan = off")

    def has(self, table: str) -> bool:
        return True

    def rows(self, statement: Any, values: Any = None) -> list[Any]:
        text = statement if isinstance(statement, str) else statement.as_string(self._connection)
        [plan] = super().rows(f"explain (format json) {text}", values)
        waiting = [plan["QUERY PLAN"][0]["Plan"]]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            if "Relation Name" in node:
                self.scans.append((node["Relation Name"], node["Node Type"]))
        return []

    def row(self, statement: Any, values: Any = None) -> tuple[Any, ...]:
        self.rows(statement, values)
        return (None,) * 9

    def table(self, statement: Any, values: Any = None) -> pa.Table:
        self.rows(statement, values)
        return pa.table({name: pa.array([]) for name in self._columns})


def scans_of(reader: Reader, ask: Callable[[Reader], Any], table: str, columns: Sequence[str]) -> set[str]:
    """How a table would be read by what is asked, of which there must be something; answers have the columns."""
    explainer = Explainer(reader._connection, columns)
    ask(explainer)
    scans = {scan for relation, scan in explainer.scans if relation == table}
    assert scans
    return scans
