"""What was known of a target at an origin, as the warehouse tells it, and whether that is enough to forecast from."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from psycopg2 import sql

from include.forecasting.history import History
from include.forecasting.target import Target
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
    """Return what was known of a target at an origin, of the versions up to one, within the caller's transaction.

    Of each half-hour it is the latest version that was known then; one that was withdrawn is unknown.
    """
    statement = sql.SQL(
        """
        select distinct on (period_started_at) period_started_at, actual, version_id, known_at
        from {versions}
        where
            target = %(target)s
            and period_started_at >= %(first_at)s and period_started_at < %(origin_at)s
            and known_at <= %(origin_at)s
            and version_id <= %(until)s
        order by period_started_at, version_id desc
        """
    ).format(versions=VERSIONS)
    values = {"target": target.name, "origin_at": origin_at, "first_at": origin_at - LONGEST_HISTORY, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    history = history_of([(at, actual) for at, actual, *_ in rows])
    refusal = refusal_of(history, origin_at)
    if history is None or refusal is not None:
        return Refused(str(refusal))
    _, _, version_id, known_at = max(rows, key=lambda row: row[2])
    return Known(target, origin_at, history, version_id, known_at)


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
