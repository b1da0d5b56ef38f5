"""Rows that were refused, and columns that nobody declared: kept, and told."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg2.extras import Json, execute_values

from include.ingestion.check import RejectedRow
from include.ingestion.dataset import Dataset
from include.operations import loads
from include.operations.loads import Load
from include.operations.runs import Counts
from include.warehouse import Connection, fetch_value


def keep_refused(
    connection: Connection, dataset: Dataset, fetched: int, rejected: list[RejectedRow], load: Load
) -> None:
    """Keep the rows of an answer that is refused as a whole, and count them in the run."""
    with connection:
        keep_rejected(connection, dataset, rejected, load.run_id)
        loads.count(connection, load, Counts(fetched=fetched, rejected=len(rejected)))


def keep_rejected(connection: Connection, dataset: Dataset, rejected: list[RejectedRow], run_id: int) -> None:
    """Keep refused rows, within the caller's transaction; one that was refused before is counted again.

    What tells of persons is kept where analysts do not read; a name stands for it in `ops.rejected_rows`.
    """
    # One row per reason and payload, or the statement below would touch a row twice.
    unique = {(row.reason, row.published): row for row in rejected}
    kept = [
        _Kept(
            _as_text(row.reason.encode("utf-8", "backslashreplace")), _as_text(row.published), _key(dataset, row), row
        )
        for row in unique.values()
    ]
    if dataset.is_personal:
        kept = _withheld(connection, dataset, kept)
    rows = [
        (dataset.name, each.reason, each.payload, each.key and Json(each.key), each.row.observed_at, run_id, run_id)
        for each in kept
    ]
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into ops.rejected_rows as known (
                dataset, reason, payload, key, observed_at, first_run_id, run_id, first_rejected_at, last_rejected_at
            )
            values %s
            on conflict (dataset, md5(reason), md5(payload)) do update
            set
                run_id = excluded.run_id,
                last_rejected_at = excluded.last_rejected_at,
                times_rejected = known.times_rejected + 1
            """,
            rows,
            template="(%s, %s, %s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp())",
        )


@dataclass(frozen=True)
class _Kept:
    """A refused row as it is kept."""

    reason: str
    payload: str
    key: Mapping[str, str] | None
    row: RejectedRow


def _withheld(connection: Connection, dataset: Dataset, kept: Sequence[_Kept]) -> list[_Kept]:
    """Put payloads and keys where analysts do not read; return the rows with names in their place."""
    secret = str(fetch_value(connection, "select secret from ops.personal_secret")).encode()
    named = {_name(each.payload, secret): each for each in kept}
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into raw.rejected_personal_rows (name, dataset, payload, key, first_rejected_at)
            values %s
            on conflict do nothing
            """,
            [(name, dataset.name, each.payload, each.key and Json(each.key)) for name, each in named.items()],
            template="(%s, %s, %s, %s, clock_timestamp())",
        )
    return [replace(each, payload=_name(each.payload, secret), key=None) for each in kept]


def _name(payload: str, secret: bytes) -> str:
    """Return what stands for a row: the same for the same row, and nothing that tells which it is."""
    return f"withheld: {hashlib.blake2b(payload.encode(), key=secret[:64], digest_size=16).hexdigest()}"


def _key(dataset: Dataset, row: RejectedRow) -> dict[str, str] | None:
    if row.key is None:
        return None
    return {
        name: _as_text(str(value).encode("utf-8", "backslashreplace"))
        for name, value in zip(dataset.key, row.key, strict=True)
    }


def _as_text(published: bytes) -> str:
    """Return a refused row as text, whatever its bytes are: what PostgreSQL cannot hold is written as an escape."""
    return published.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def keep_drift(connection: Connection, dataset: Dataset, unknown_columns: dict[str, str], run_id: int) -> None:
    """Keep the columns that the record has no field for, each with an example, within the caller's transaction."""
    with connection.cursor() as cursor:
        for column, example in unknown_columns.items():
            cursor.execute(
                """
                insert into ops.schema_drift (dataset, column_name, first_seen_at, example, run_id)
                values (%s, %s, clock_timestamp(), %s, %s)
                on conflict do nothing
                """,
                (dataset.name, column, None if dataset.is_personal else example, run_id),
            )
