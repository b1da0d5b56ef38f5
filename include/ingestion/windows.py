"""Replaced windows: the last answer for a window takes the place of all rows that are held of it, in one transaction.

Rows carry the number of the answer that brought them, `version_id`; `ops.loads` tells which of them count. What does
not count any more is dropped by a function of the owner's, once what took its place is published.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from psycopg2 import sql
from psycopg2.extras import DateTimeTZRange

from include.ingestion.check import RowCheck
from include.ingestion.dataset import Dataset
from include.ingestion.errors import DamagedAnswerError, OverlappingWindowError
from include.ingestion.load import conclude, lock_dataset, refuse_if_rejected, take_repeated
from include.ingestion.scope import Scope
from include.ingestion.stage import Stage, listed
from include.ingestion.window import Window
from include.operations.loads import Load
from include.operations.runs import Counts
from include.warehouse import Connection, fetch_value

OVER_A_MONTH = timedelta(days=32)


@dataclass
class Replacement:
    """The rows of a window on their way, within a transaction that holds the dataset's lock."""

    connection: Connection
    dataset: Dataset
    scope: Scope
    is_hashed: bool = field(default=False, init=False)
    end_columns: tuple[str, ...] = field(default=("version_id",), init=False)

    def begin(self) -> tuple[int]:
        """Lock the dataset and make room for its rows; return what each of them carries.

        Raises OverlappingWindowError where the window is a part of one that is held.
        """
        if self.scope.covers is None:
            raise ValueError(f"{self.dataset.name}: {self.scope} is no window, which is all that could be replaced")
        self.known_at = lock_dataset(self.connection, self.dataset)
        self.replaced = self._overlapping(self.scope.covers)
        self.version_id = 1 + int(
            fetch_value(
                self.connection,
                "select coalesce(max(version_id), 0) from ops.loads where dataset = %s",
                (self.dataset.name,),
            )
        )
        for month in months(self.scope.covers):
            fetch_value(self.connection, "select ops.ensure_partition(%s, %s)", (self.dataset.name, month))
        return (self.version_id,)

    def finish(self, checked: RowCheck, rows: int, load: Load, *, repeated: int = 0) -> Counts:
        """Let the rows that were added count instead of those that were held.

        Raises DamagedAnswerError where they are fewer.
        """
        held = self._rows_held()
        if rows < held:
            raise DamagedAnswerError(
                f"{rows:,} rows came of {self.dataset.name}, {self.scope}, of which {held:,} are held; "
                "a window is replaced only by an answer that is no smaller"
            )
        self._supersede(load, rows)
        counts = Counts(
            checked.fetched,
            new=rows - held,
            revised=held,
            rejected=len(checked.rejected),
            repeated=repeated,
            outside=checked.outside,
        )
        conclude(self.connection, checked, checked.rejected, counts, self.known_at, load)
        return counts

    def _overlapping(self, covers: Window) -> list[int]:
        """Return the loads whose rows count within the window."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                """
                select load_id, scope, covers <@ %(covers)s from ops.loads
                where dataset = %(dataset)s and version_id is not null and covers && %(covers)s
                order by load_id
                """,
                {"dataset": self.dataset.name, "covers": DateTimeTZRange(covers.start, covers.end)},
            )
            found = cursor.fetchall()
        cut = [scope for _, scope, is_whole in found if not is_whole]
        if cut:
            raise OverlappingWindowError(
                f"{self.dataset.name}: {self.scope} holds a part of {cut[0]}, which is held and only replaced whole"
            )
        return [load_id for load_id, _, _ in found]

    def _rows_held(self) -> int:
        statement = sql.SQL(
            """
            select count(*) from {table}
            where {is_asked} and version_id in (select version_id from ops.loads where load_id = any({replaced}))
            """
        ).format(
            table=self.dataset.identifier,
            is_asked=self.scope.condition(self.dataset.window_column),
            replaced=sql.Literal(self.replaced),
        )
        return int(fetch_value(self.connection, statement)) if self.replaced else 0

    def _supersede(self, load: Load, rows: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                """
                insert into ops.superseded_windows (dataset, version_id, covers, replaced_by, known_at)
                select dataset, version_id, covers, %(version_id)s, known_at
                from ops.loads where load_id = any(%(replaced)s);

                update ops.loads set version_id = null, outcome = 'superseded'
                where load_id = any(%(replaced)s) and load_id <> %(load_id)s;
                update ops.loads set version_id = %(version_id)s, rows_held = %(rows)s where load_id = %(load_id)s;
                """,
                {"replaced": self.replaced, "version_id": self.version_id, "load_id": load.load_id, "rows": rows},
            )


def replace_by_staged(staged: Stage, checked: RowCheck, load: Load) -> Counts:
    """Replace a window by what is staged of it, of which keys may have come more than once.

    Raises what `load_versions` does for rows that are refused, and what `Replacement` does.
    """
    connection, dataset = staged.connection, staged.dataset
    repeated = take_repeated(staged, checked)
    checked.rejected += repeated.disagreeing
    refuse_if_rejected(connection, checked, checked.rejected, load)
    replacement = Replacement(connection, dataset, checked.scope)
    columns = listed([*(each.name for each in (*dataset.key_columns, *dataset.content_columns)), "_extra"])
    with connection, connection.cursor() as cursor:
        [version_id] = replacement.begin()
        cursor.execute(
            sql.SQL("insert into {} ({}, version_id) select {}, {} from staged_rows").format(
                dataset.identifier, columns, columns, sql.Literal(version_id)
            )
        )
        return replacement.finish(checked, cursor.rowcount, load, repeated=repeated.rows)


def months(window: Window) -> Iterator[date]:
    """Yield the first day of each month, in UTC, of which a window has any."""
    month = window.start.astimezone(UTC).date().replace(day=1)
    while datetime(month.year, month.month, 1, tzinfo=UTC) < window.end:
        yield month
        month = (month + OVER_A_MONTH).replace(day=1)
