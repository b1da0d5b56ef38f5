"""How old the newest period of a dataset is. One that stands still fails its run, but never withholds sound rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg2 import sql

from include.quality.result import CheckResult, Severity
from include.warehouse import Connection, fetch_value


@dataclass(frozen=True)
class Freshness:
    """How old a dataset may be, as its source declares it."""

    dataset: str
    table: str
    """Where its newest period stands, as schema and name."""
    time_column: str
    """Names a period by its start."""
    step: timedelta
    """How long a period lasts."""
    warn_after: timedelta
    critical_after: timedelta
    """Counted from the end of the newest period."""
    measured_column: str | None = None
    """Rows in which it is null are forecasts, and say nothing."""


def judge_freshness(given: Freshness, newest: datetime | None, at: datetime, *, is_routine: bool) -> CheckResult:
    """Judge the age of a dataset's newest period (its start, UTC) at an instant, counted from the period's end.

    It is late from one age on and stale, which is critical, from another, or where there is no period at all. Where the
    run was given a span of its own, which may well end in the past, it is never more than a warning.
    """
    age = None if newest is None else at - (newest + given.step)
    is_late = age is None or age >= given.warn_after
    is_stale = age is None or age >= given.critical_after
    return CheckResult(
        suite="freshness",
        name=f"{given.dataset}_is_recent",
        subject=given.table,
        expectation="newest_period_is_recent",
        column_name=given.time_column,
        severity=Severity.CRITICAL if is_routine and (is_stale or not is_late) else Severity.WARNING,
        success=not is_late,
        finding=_finding(given, newest, age),
        observed_value=None if age is None else round(_hours(age), 2),
        details={
            "newest_half_hour": newest and newest.isoformat(),
            "judged_at": at.isoformat(),
            "warn_after_hours": _hours(given.warn_after),
            "critical_after_hours": _hours(given.critical_after),
            "is_default_window": is_routine,
            "unit": f"hours since the end of the newest {_word(given.step)}",
        },
    )


def newest_period(
    connection: Connection, table: str, time_column: str, measured_column: str | None = None
) -> datetime | None:
    """Return the start (UTC) of the newest period that was measured, or None where there is no row or no table."""
    statement = sql.SQL("select max({}) from {} where {} is not null").format(
        sql.Identifier(time_column),
        sql.Identifier(*table.split(".")),
        sql.Identifier(measured_column or time_column),
    )
    with connection:
        if fetch_value(connection, "select to_regclass(%s)", (table,)) is None:
            return None
        newest: datetime | None = fetch_value(connection, statement)
        return newest


def _finding(given: Freshness, newest: datetime | None, age: timedelta | None) -> str:
    word = _word(given.step)
    if newest is None or age is None:
        return f"{given.table} has no {word} at all"
    limits = f"a warning from {_hours(given.warn_after):g} h on, critical from {_hours(given.critical_after):g} h"
    return f"the newest {word}, {newest:%Y-%m-%d %H:%M} UTC, ended {_hours(age):.1f} h ago; {limits}"


def _word(step: timedelta) -> str:
    return "half-hour" if step == timedelta(minutes=30) else "period"


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)
