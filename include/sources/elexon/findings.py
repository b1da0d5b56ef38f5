"""What a discovery found, kept in `ops.elexon_discoveries`, one row per name; nothing is ever overwritten."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg2 import sql
from psycopg2.extras import Json

from include.sources.elexon.catalogue import Kept, family, largest_window
from include.sources.elexon.datasets import table_name
from include.sources.elexon.discovery import Found, as_instant
from include.warehouse import Connection, fetch_value


def keep(loader: Connection, run_id: int, found: Iterable[Found], *, at: datetime) -> None:
    """Keep what was found at an instant, in one transaction."""
    rows = [_row(each) | {"discovered_at": at, "run_id": run_id} for each in found]
    with loader, loader.cursor() as cursor:
        for row in rows:
            row["rows_held"] = _rows_held(loader, row["raw_table"])
            names = sql.SQL(", ").join(map(sql.Identifier, row))
            values = sql.SQL(", ").join(map(sql.Placeholder, row))
            cursor.execute(sql.SQL("insert into ops.elexon_discoveries ({}) values ({})").format(names, values), row)


def _row(found: Found) -> dict[str, Any]:
    is_usable, reason = found.usability
    described, entry, probe = found.described, found.entry, found.probe
    table = f"elexon_{table_name(found.code)}" if entry else None
    return {
        "code": found.code,
        "title": described.title if described else None,
        "plain_route": f"/datasets/{found.code}" if described else None,
        "stream_route": f"/datasets/{found.code}/stream" if described and described.stream is not None else None,
        "parameters": (described.stream or described.plain) if described else [],
        "parameter_family": _family(found),
        "largest_window": largest_window(described, entry.loaded if entry else None) if described else None,
        "natural_key": entry.loaded.key if entry else [],
        "is_key_known": entry.loaded.kept is Kept.VERSIONS if entry else None,
        "fields": Json(described.fields if described else {}),
        "is_listed": found.is_listed,
        "last_updated_at": as_instant(found.last_updated),
        "probed_at": probe.at if probe else None,
        "probe_status": probe.status if probe else None,
        "probe_rows": probe.rows if probe else None,
        "probe_reason": probe.reason if probe else None,
        "is_usable": is_usable,
        "reason": reason,
        "drift": found.drift,
        "raw_table": table and f"raw.{table}",
        "published_table": table and f"analytics.{table}",
    }


def _family(found: Found) -> str | None:
    if found.described is None:
        return None
    try:
        return family(found.described.stream or found.described.plain).value
    except ValueError:
        return "unknown"


def _rows_held(loader: Connection, raw_table: str | None) -> int | None:
    """Return how many rows raw holds, as the ledger counts them: of windows those that count, else living keys."""
    if raw_table is None:
        return None
    statement = """
        select coalesce(case when bool_or(version_id is not null)
            then sum(rows_held) filter (where version_id is not null)
            else sum(new - withdrawn) end, 0)
        from ops.loads where dataset = %s
    """
    return int(fetch_value(loader, statement, (raw_table.removeprefix("raw."),)))
