"""How old the newest half-hour is. A source that stands still fails its run, but never withholds sound rows.

NESO's newest half-hour is normally 1.2 to 2.4 hours old; on one day of 71 nothing had come for 32 hours, and all of
it came the day after (recorded in spring 2026). So a day and a bit is worth a warning, a day and a half an alarm.
"""

from datetime import datetime, timedelta

from psycopg2 import sql

from include.quality.result import CheckResult, Severity
from include.settlement import HALF_HOUR
from include.warehouse import Connection, fetch_value

WARN_AFTER = timedelta(hours=26)
CRITICAL_AFTER = timedelta(hours=36)


def judge_freshness(
    newest_half_hour: datetime | None, at: datetime, *, is_default_window: bool, table: str
) -> CheckResult:
    """Judge the age of the newest half-hour (its start, UTC) at an instant, counted from the half-hour's end.

    It is a warning from 26 hours on and critical from 36, or where there is no half-hour at all. Where the run was
    given a window of its own, which may well end in the past, it is never more than a warning.
    """
    age = None if newest_half_hour is None else at - (newest_half_hour + HALF_HOUR)
    is_late = age is None or age >= WARN_AFTER
    is_stale = age is None or age >= CRITICAL_AFTER
    severity = Severity.CRITICAL if is_default_window and (is_stale or not is_late) else Severity.WARNING
    return CheckResult(
        suite="freshness",
        subject=table,
        expectation="newest_half_hour_is_recent",
        column_name="period_started_at",
        severity=severity,
        success=not is_late,
        finding=_finding(newest_half_hour, age, table),
        observed_value=None if age is None else round(_hours(age), 2),
        details={
            "newest_half_hour": newest_half_hour and newest_half_hour.isoformat(),
            "judged_at": at.isoformat(),
            "warn_after_hours": _hours(WARN_AFTER),
            "critical_after_hours": _hours(CRITICAL_AFTER),
            "is_default_window": is_default_window,
            "unit": "hours since the end of the newest half-hour",
        },
    )


def newest_half_hour(connection: Connection, table: str) -> datetime | None:
    """Return the start (UTC) of the newest half-hour of a table, or None where there is no row or no table."""
    with connection:
        if fetch_value(connection, "select to_regclass(%s)", (table,)) is None:
            return None
        newest: datetime | None = fetch_value(
            connection, sql.SQL("select max(period_started_at) from {}").format(sql.Identifier(*table.split(".")))
        )
        return newest


def _finding(newest: datetime | None, age: timedelta | None, table: str) -> str:
    if newest is None or age is None:
        return f"{table} has no half-hour at all"
    limits = f"a warning from {_hours(WARN_AFTER):g} h on, critical from {_hours(CRITICAL_AFTER):g} h"
    return f"the newest half-hour, {newest:%Y-%m-%d %H:%M} UTC, ended {_hours(age):.1f} h ago; {limits}"


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)
