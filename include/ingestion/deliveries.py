"""Many files into `raw` in one transaction, each with a row of the ledger.

A row is compared with what is held only where something is held of its person and span. A newer delivery of a file
withdraws what the file itself had brought of the span and holds no more; no other file withdraws anything. `known_at`
is one instant per transaction, and no two files of a person share one: so it tells which file brought a version.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg2 import sql

from include.ingestion.check import RejectedRow
from include.ingestion.dataset import Dataset
from include.ingestion.delivery import Delivery, Outcome, Reading
from include.ingestion.load import lock_dataset
from include.ingestion.refused import keep_drift, keep_rejected
from include.ingestion.stage import copy_in
from include.ingestion.typed_lines import Lines, line_begin, line_end, typed_lines
from include.operations import files, runs
from include.operations.files import FileLoad, Ledger
from include.operations.runs import Counts
from include.warehouse import Connection

FORGOTTEN = "Was deleted, and is not taken again"


class Held(NamedTuple):
    """The latest version of a row: its content, null where it is withdrawn, and when it became known."""

    content: Any
    known_at: datetime


@dataclass(frozen=True)
class _Changes:
    """What a delivery adds to raw."""

    new: Sequence[tuple[datetime, Any]] = ()
    revised: Sequence[tuple[datetime, Any]] = ()
    withdrawn: Sequence[datetime] = ()
    unchanged: int = 0

    def rows(self) -> Sequence[tuple[datetime, Any]]:
        """Return each instant with its content, null where it is withdrawn."""
        if not self.revised and not self.withdrawn:
            return self.new
        return [*self.new, *self.revised, *((instant, None) for instant in self.withdrawn)]


def load_deliveries(
    connection: Connection,
    dataset: Dataset,
    numbers: Mapping[str, int],
    deliveries: Sequence[Delivery],
    run_id: int,
) -> list[Delivery]:
    """Bring files into raw, at most one of each person, whose numbers are given; return them with what came of each.

    One transaction: of a load that is killed nothing is there.
    """
    with connection:
        known_at = lock_dataset(connection, dataset)
        loading = _Loading(connection, dataset, run_id, known_at)
        before = files.before(connection, dataset.name, [each.scope for each in deliveries], run_id)
        judged = [loading.judged(each, before.known.get(each.scope, ())) for each in deliveries]
        ledger = Ledger(dataset.name, run_id)
        done = loading.brought(judged, numbers, before.known, ledger)
        ledger.record(connection, is_tried_again=before.is_tried_again)
        counts = sum((each.counts for each in done), Counts())
        runs.add_counts(connection, run_id, counts)
        if counts.written:
            loading.keep_known_at()
    return done


def _to_be_loaded(deliveries: Iterable[Delivery]) -> Iterator[Reading]:
    """Yield the readings that may come into raw."""
    return (each.reading for each in deliveries if each.outcome is Outcome.HELD and each.reading is not None)


@dataclass(frozen=True)
class _Loading:
    connection: Connection
    dataset: Dataset
    run_id: int
    known_at: datetime

    def judged(self, delivery: Delivery, known: Sequence[files.Known]) -> Delivery:
        """Return the delivery as it may be loaded: unchanged where it is known, refused where too much is wrong."""
        if delivery.outcome is not Outcome.HELD or delivery.reading is None:
            return delivery
        if known and known[-1].digest == delivery.digest:
            return replace(delivery, outcome=Outcome.UNCHANGED, counts=_unchanged(delivery.reading.fetched))
        refused, limit = len(delivery.reading.rejected), self.dataset.limits.rejected_share
        if refused > limit.most * delivery.reading.fetched:
            said = f"{refused:,} of {delivery.reading.fetched:,} rows break their contract; {limit.because}"
            return self._refused(delivery, said)
        return delivery

    def _refused(self, delivery: Delivery, said: str) -> Delivery:
        """Return a delivery of which nothing is loaded, its refused rows kept."""
        return replace(delivery, outcome=Outcome.REFUSED, cause=f"RefusedFileError: {said}")

    def brought(
        self,
        judged: Sequence[Delivery],
        numbers: Mapping[str, int],
        known: Mapping[str, Sequence[files.Known]],
        ledger: Ledger,
    ) -> list[Delivery]:
        """Add the rows of all that may be loaded; return each delivery with what was done, as the ledger has it."""
        held = self._held(judged, numbers)
        bounds = self._forgotten_until(set(numbers.values()))
        done: list[Delivery] = []
        compared = self._all_compared(judged, numbers, held, known, bounds)
        self._copy(self._lines_of(compared, done, ledger))
        told = [each.reading for each in done if each.reading is not None and each.outcome is not Outcome.UNCHANGED]
        rejected = [row for reading in told for row in reading.rejected]
        drift = dict(column for reading in told for column in reading.unknown_columns)
        keep_rejected(self.connection, self.dataset, rejected, self.run_id)
        keep_drift(self.connection, self.dataset, drift, self.run_id)
        return done

    def _lines_of(
        self,
        compared: Iterable[tuple[int, Delivery, Sequence[tuple[datetime, Any]]]],
        done: list[Delivery],
        ledger: Ledger,
    ) -> Iterator[Lines]:
        """Yield what goes into raw; note what was done. PostgreSQL meanwhile takes what was yielded before."""
        end = line_end(self.known_at, self.run_id)
        for number, delivery, rows in compared:
            done.append(delivery)
            ledger.add(_in_ledger(delivery))
            if rows:
                yield typed_lines(rows, begin=line_begin(number), end=end)

    def _all_compared(
        self,
        judged: Sequence[Delivery],
        numbers: Mapping[str, int],
        held: Mapping[int, Mapping[datetime, Held]],
        known: Mapping[str, Sequence[files.Known]],
        bounds: "_Bounds",
    ) -> Iterator[tuple[int, Delivery, Sequence[tuple[datetime, Any]]]]:
        """Yield the person's number, what becomes of each delivery, and its rows as they go into raw.

        In the order of the index, whose pages are then filled one after the other.
        """
        for delivery in sorted(judged, key=lambda each: _number(each, numbers)):
            own = known.get(delivery.scope, ())
            yield (_number(delivery, numbers), *self._compared(delivery, numbers, held, own, bounds))

    def _compared(
        self,
        delivery: Delivery,
        numbers: Mapping[str, int],
        held: Mapping[int, Mapping[datetime, Held]],
        known: Sequence[files.Known],
        bounds: "_Bounds",
    ) -> tuple[Delivery, Sequence[tuple[datetime, Any]]]:
        """Return what becomes of a delivery, and its rows as they go into raw."""
        reading = delivery.reading
        if reading is None or delivery.outcome is not Outcome.HELD:
            return delivery, []
        number = numbers[reading.person]
        reading = bounds.left_out(number, reading)
        own = {each.known_at for each in known if each.known_at is not None}
        changes = _changes(reading, held.get(number, {}), own)
        limit = self.dataset.limits.withdrawn_keys
        if len(changes.withdrawn) > limit.most:
            said = f"{len(changes.withdrawn):,} known rows are gone; at most {limit.most:,.0f} may: {limit.because}"
            return self._refused(replace(delivery, reading=reading), said), []
        counts = Counts(
            reading.fetched,
            len(changes.new),
            len(changes.revised),
            len(changes.withdrawn),
            changes.unchanged,
            len(reading.rejected),
            repeated=reading.repeated,
        )
        rows = changes.rows()
        known_at = self.known_at if rows else None
        return replace(delivery, reading=reading, counts=counts, known_at=known_at), rows

    def _held(self, judged: Sequence[Delivery], numbers: Mapping[str, int]) -> dict[int, dict[datetime, Held]]:
        """Return what is held of the persons and spans of the deliveries, by person and instant."""
        spans = [
            (numbers[reading.person], reading.covers.start, reading.covers.end)
            for reading in _to_be_loaded(judged)
            if reading.covers is not None
        ]
        held: dict[int, dict[datetime, Held]] = {}
        if not spans:
            return held
        with self.connection.cursor() as cursor:
            cursor.execute(self._statement(_HELD), tuple(map(list, zip(*spans, strict=True))))
            for number, instant, content, known_at in cursor.fetchall():
                held.setdefault(number, {})[instant] = Held(content, known_at)
        return held

    def _forgotten_until(self, numbers: set[int]) -> "_Bounds":
        with self.connection.cursor() as cursor:
            cursor.execute(_FORGOTTEN, (self.dataset.name, list(numbers)))
            found = dict(cursor.fetchall())
        return _Bounds(found.pop(None, None), found)

    def _copy(self, lines: Iterable[Lines]) -> None:
        columns = [str(self.dataset.person), str(self.dataset.window_column), self.dataset.revised_by]
        copy_in(self.connection, self.dataset.identifier, [*columns, "known_at", "run_id"], lines)

    def _statement(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(
            raw=self.dataset.identifier,
            person=sql.Identifier(str(self.dataset.person)),
            instant=sql.Identifier(str(self.dataset.window_column)),
            content=sql.Identifier(self.dataset.revised_by),
        )

    def keep_known_at(self) -> None:
        """Note the instant of the newest load."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "update ops.datasets set last_known_at = %s where dataset = %s", (self.known_at, self.dataset.name)
            )


def _number(delivery: Delivery, numbers: Mapping[str, int]) -> int:
    return numbers.get(delivery.reading.person, 0) if delivery.reading is not None else 0


# An index look-up for each span.
_HELD = """
    select asked.number, latest.*
    from unnest(%s::integer[], %s::timestamptz[], %s::timestamptz[]) as asked (number, started_at, ended_at)
    cross join lateral (
        select distinct on (version.{instant}) version.{instant}, version.{content}, version.known_at
        from {raw} as version
        where
            version.{person} = asked.number
            and version.{instant} >= asked.started_at
            and version.{instant} < asked.ended_at
        order by version.{instant}, version.version_id desc
    ) as latest
"""
_FORGOTTEN = """
    select person, max(coalesce(before, deleted_at))
    from ops.deletions
    where dataset = %s and (person is null or person = any(%s))
    group by person
"""


@dataclass(frozen=True)
class _Bounds:
    """Until when everybody's rows were deleted for good, and those of some."""

    of_all: datetime | None
    of_some: Mapping[int, datetime]

    def left_out(self, number: int, reading: Reading) -> Reading:
        """Return a reading without the rows that were deleted; they are refused."""
        bound = max(filter(None, (self.of_all, self.of_some.get(number))), default=None)
        if bound is None or reading.covers is None or reading.covers.start >= bound:
            return reading
        kept = [row for row in reading.rows if row[0] >= bound]
        # What was deleted is not kept as refused either.
        refused = [RejectedRow(FORGOTTEN, b"") for _ in range(len(reading.rows) - len(kept))]
        return reading._replace(rows=kept, rejected=[*reading.rejected, *refused])


def _changes(reading: Reading, held: Mapping[datetime, Held], own: set[datetime]) -> _Changes:
    """Compare what came with what is held; `own` are the instants at which the same file came before."""
    if not held:
        return _Changes(new=reading.rows)
    new, revised, unchanged = [], [], 0
    for row in reading.rows:
        known = held.get(row[0])
        if known is None:
            new.append(row)
        elif known.content is not None and known.content == _exact(row[1]):
            unchanged += 1
        else:
            revised.append(row)
    came = {instant for instant, _ in reading.rows}
    gone = () if reading.rejected or not own else _withdrawn(held, came, own)
    return _Changes(new, revised, tuple(gone), unchanged)


def _withdrawn(held: Mapping[datetime, Held], came: set[datetime], own: set[datetime]) -> Iterator[datetime]:
    """Yield the instants of living rows that an earlier delivery of the file brought, and that came no more."""
    for instant, known in held.items():
        if known.content is not None and instant not in came and known.known_at in own:
            yield instant


def _exact(content: Any) -> Any:
    """Return a number as PostgreSQL keeps it: by the digits that were published."""
    return Decimal(repr(content)) if isinstance(content, float) else content


def _unchanged(rows: int) -> Counts:
    return Counts(rows, unchanged=rows)


def _in_ledger(delivery: Delivery) -> FileLoad:
    reading = delivery.reading
    covers = reading.covers if reading is not None else None
    return FileLoad(
        scope=delivery.scope,
        edition=delivery.listed.edition,
        arrived_at=delivery.listed.arrived_at,
        digest=delivery.digest,
        covers=None if covers is None else (covers.start, covers.end),
        outcome=delivery.outcome,
        cause=delivery.cause,
        known_at=delivery.known_at,
        counts=delivery.counts,
    )
