"""What was known of a target at an origin, as the warehouse tells it, and whether that is enough to forecast from."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from psycopg2 import sql

from include.forecasting.history import History
from include.forecasting.target import Target, target_of
from include.settlement import HALF_HOUR
from include.warehouse import Connection

# What is older says little of tomorrow, and costs time: two winters and a half.
LONGEST_HISTORY = timedelta(days=912)
SHORTEST_HISTORY = timedelta(weeks=8)
# NESO's newest half-hour is up to 2.4 h old on a sound day, Elexon's half an hour.
LONGEST_SILENCE = timedelta(hours=3)
VERSIONS = sql.Identifier("staging", "stg_forecasts__actual_versions")


@dataclass(frozen=True)
class Known:
    """What was known of a target at an origin: enough to forecast from."""

    target: Target
    origin_at: datetime
    history: History
    version_id: int
    """The last version that was read."""
    known_at: datetime
    """When that was known."""


@dataclass(frozen=True)
class Refused:
    """Why no forecast is to be made of a target."""

    because: str


def read_known(connection: Connection, target: Target, origin_at: datetime, *, until: int) -> Known | Refused:
    """Return what was known of a target at an origin, of the versions up to one, within the caller's transaction."""
    rows = _read(connection, target, origin_at - LONGEST_HISTORY, origin_at, until)
    history = _history(rows)
    refusal = refusal_of(history, origin_at)
    if history is None or refusal is not None:
        return Refused(str(refusal))
    newest = _newest(rows)
    return Known(target, origin_at, history, newest.version_id, newest.known_at)


def with_beside(connection: Connection, known: Known | Refused, *, until: int) -> Known | Refused:
    """Return it with what was known of the target beside it, if there is one: both are read from one dataset.

    The last version that was read is that of both, so that both can be read again up to it.

    Within the caller's transaction, as `read_known`.
    """
    if isinstance(known, Refused) or known.target.beside is None:
        return known
    rows = _read(connection, target_of(known.target.beside), known.history.first_at, known.origin_at, until)
    other = _history(rows)
    if other is None:
        return known
    newest = max(_newest(rows), _Version(known.origin_at, None, known.version_id, known.known_at), key=_version_of)
    together = known.history.with_beside(other)
    return replace(known, history=together, version_id=newest.version_id, known_at=newest.known_at)


def read_outturn(
    connection: Connection, target: Target, since: datetime, at: datetime, *, until: int
) -> History | None:
    """Return what is known of a target at an instant, of half-hours since another; None where nothing is.

    Within the caller's transaction, as `read_known`.
    """
    return _history(_read(connection, target, since, at, until))


class _Version(NamedTuple):
    period_started_at: datetime
    actual: float | None
    version_id: int
    known_at: datetime


def _read(connection: Connection, target: Target, since: datetime, at: datetime, until: int) -> list[_Version]:
    """Return the latest version of each half-hour that was known at an instant; one that was withdrawn is unknown."""
    statement = sql.SQL(
        """
        select distinct on (period_started_at) period_started_at, actual, version_id, known_at
        from {versions}
        where
            target = %(target)s
            and period_started_at >= %(since)s and period_started_at < %(at)s
            and known_at <= %(at)s
            and version_id <= %(until)s
        order by period_started_at, version_id desc
        """
    ).format(versions=VERSIONS)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"target": target.name, "since": since, "at": at, "until": until})
        return [_Version(*row) for row in cursor.fetchall()]


def _version_of(row: _Version) -> int:
    return row.version_id


def _newest(rows: list[_Version]) -> _Version:
    return max(rows, key=_version_of)


def _history(rows: list[_Version]) -> History | None:
    return history_of([(row.period_started_at, row.actual) for row in rows])


def refusal_of(history: History | None, origin_at: datetime) -> str | None:
    """Return why no forecast is to be made from a history at an origin, in words; None where one is."""
    if history is None:
        return "nothing was known of it"
    silence = origin_at - history.ended_at
    if silence > LONGEST_SILENCE:
        return f"the newest half-hour that was known ended {_hours(silence)} before; at most 3 h may have passed"
    length = history.ended_at - history.first_at
    if length < SHORTEST_HISTORY:
        return f"{length / timedelta(days=1):.1f} days of it were known; 56 are needed"
    return None


def history_of(rows: list[tuple[datetime, float | None]]) -> History | None:
    """Return half-hours and their values, in any order, as a history; None where there is none."""
    known = {at: actual for at, actual in rows if actual is not None}
    if not known:
        return None
    first_at, last_at = min(known), max(known)
    values = np.full((last_at - first_at) // HALF_HOUR + 1, np.nan)
    values[[(at - first_at) // HALF_HOUR for at in known]] = list(known.values())
    return History(first_at, values)


def _hours(silence: timedelta) -> str:
    return f"{silence / timedelta(hours=1):.1f} h"
