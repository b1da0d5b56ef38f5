"""The ledger's view of files: what came of those that were read, and what they are known to have held.

A file is a scope of `ops.loads`, by a name that tells no person; `edition` is its state as it was listed, `digest` the
SHA-256 of what it held. What was held, unchanged or refused is known until it changes; what failed is read again.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg2.extras import execute_values

from include.operations import runs
from include.operations.runs import Counts
from include.warehouse import Connection


class Known(NamedTuple):
    """What a file held at an earlier time, and when that became known; null where it brought nothing new."""

    digest: bytes
    known_at: datetime | None


@dataclass(frozen=True)
class FileLoad:
    """A file's row of the ledger."""

    scope: str
    edition: str
    arrived_at: datetime
    digest: bytes | None
    covers: tuple[datetime, datetime] | None
    outcome: str
    cause: str | None
    known_at: datetime | None
    counts: Counts


@dataclass(frozen=True)
class Before:
    """What the ledger has of files that are read anew."""

    known: Mapping[str, Sequence[Known]]
    """What each is known to have held, the last last."""
    is_tried_again: bool
    """Whether the same run has had one of them before."""


def before(connection: Connection, dataset: str, scopes: Sequence[str], run_id: int) -> Before:
    """Return what the ledger has of files, within the caller's transaction."""
    found: dict[str, list[Known]] = defaultdict(list)
    is_tried_again = False
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select load.scope, load.digest, load.known_at, load.is_known, load.is_of_this_run
            from unnest(%s::text[]) as asked (scope)
            cross join lateral (
                select
                    load_id, scope, digest, known_at,
                    outcome in ('held', 'unchanged') as is_known, run_id = %s as is_of_this_run
                from ops.loads
                where dataset = %s and arrived_at is not null and loads.scope = asked.scope
                -- A look-up for each, whatever PostgreSQL knows of a ledger that has just grown.
                offset 0
            ) as load
            order by load.load_id
            """,
            (list(scopes), run_id, dataset),
        )
        for scope, digest, known_at, is_known, is_of_this_run in cursor:
            is_tried_again |= is_of_this_run
            if is_known and digest is not None:
                found[scope].append(Known(bytes(digest), known_at))
    return Before(found, is_tried_again)


@dataclass
class Ledger:
    """What came of the files of one transaction, gathered while their rows are still under way."""

    dataset: str
    run_id: int
    now: str = field(default_factory=lambda: str(datetime.now(UTC)))
    rows: list[tuple[object, ...]] = field(default_factory=list)
    text: io.StringIO = field(default_factory=lambda: io.StringIO(newline=""))
    """The rows as CSV, in which what is empty is null."""

    def __post_init__(self) -> None:
        self._writer = csv.writer(self.text)

    def add(self, load: FileLoad) -> None:
        """Take what came of a file."""
        row = _row(self.dataset, self.run_id, load, self.now)
        self.rows.append(row)
        self._writer.writerow(row)

    def record(self, connection: Connection, *, is_tried_again: bool) -> None:
        """Note it all, within the caller's transaction. What a run's earlier try had noted is noted anew."""
        with connection.cursor() as cursor:
            if is_tried_again:
                cursor.execute(_BEGIN_ANEW, (self.run_id, self.dataset, [row[2] for row in self.rows]))
                execute_values(cursor, _RECORD, self.rows, page_size=len(self.rows))
            else:
                self.text.seek(0)
                cursor.copy_expert(_COPY, self.text, size=1 << 20)


def undone(connection: Connection, run_id: int, dataset: str) -> list[str]:
    """Return of how many files of a run nothing came, and why, each cause in one line."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select count(*), coalesce(cause, 'the process was killed') from ops.loads
            where run_id = %s and dataset = %s and outcome in ('failed', 'refused', 'loading')
            group by 2
            order by 1 desc, 2
            """,
            (run_id, dataset),
        )
        return [f"{dataset}: {count:,} {'file' if count == 1 else 'files'}: {cause}" for count, cause in cursor]


def _row(dataset: str, run_id: int, load: FileLoad, now: str) -> tuple[object, ...]:
    """Return a row of the ledger as text has it."""
    cause = load.cause and runs.storable(load.cause)[: runs.MESSAGE_LIMIT]
    covers = load.covers and f"[{load.covers[0].isoformat()},{load.covers[1].isoformat()})"
    digest = load.digest and f"\\x{load.digest.hex()}"
    said = (load.edition, load.arrived_at, digest, covers, load.outcome, cause, load.known_at)
    return (run_id, dataset, load.scope, *said, *load.counts.figures, True, now, now)


# What has ended is history, but for what its own run asks for again.
_BEGIN_ANEW = """
    update ops.loads set outcome = 'loading', finished_at = null
    where run_id = %s and dataset = %s and scope = any(%s)
"""
_COUNTS = tuple(each.name for each in fields(Counts))
_SAID = ("edition", "arrived_at", "digest", "covers", "outcome", "cause", "known_at")
_COLUMNS = ", ".join(("run_id", "dataset", "scope", *_SAID, *_COUNTS, "is_routine", "started_at", "finished_at"))
_COPY = f"copy ops.loads ({_COLUMNS}) from stdin with (format csv)"
_RECORD = f"""
    insert into ops.loads as load ({_COLUMNS})
    values %s
    on conflict (run_id, dataset, scope) do update
    set
        {", ".join(f"{name} = excluded.{name}" for name in _SAID if name != "known_at")},
        known_at = coalesce(excluded.known_at, load.known_at),
        {", ".join(f"{name} = load.{name} + excluded.{name}" for name in _COUNTS)},
        finished_at = excluded.finished_at
"""  # noqa: S608 - names of ours
