"""Forecasts of which every version is kept: a run that brings them, and views over a week and a year of versions."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from benchmarks import results
from benchmarks.hourly import median_s, succeeded, told
from benchmarks.rig import Rig
from include.serving.dashboard.carbon.forecasts.queries import fan
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Span
from include.settlement import LONDON
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

DAG = "carbon_intensity"
REGIONS, ISSUES_AHEAD = 18, 96
WEEK, YEAR = timedelta(days=7), timedelta(days=365)
# A run by schedule comes a quarter of an hour after the half-hour.
QUARTER = timedelta(minutes=15)

VIEWS = {
    "24 h of Great Britain": """
        select * from analytics.half_hourly_carbon_intensity
        where period_started_at >= %(start)s and period_started_at < %(end)s order by period_started_at
    """,
    "24 h of 18 regions": """
        select * from analytics.half_hourly_regional_carbon_intensity
        where period_started_at >= %(start)s and period_started_at < %(end)s order by period_started_at, region_id
    """,
    "24 h of Great Britain as known at an instant": """
        select * from analytics.carbon_intensity_as_known_at(%(start)s)
        where period_started_at >= %(start)s and period_started_at < %(end)s order by period_started_at
    """,
    "24 h of 18 regions as known at an instant": """
        select * from analytics.regional_carbon_intensity_as_known_at(%(start)s)
        where period_started_at >= %(start)s and period_started_at < %(end)s order by period_started_at, region_id
    """,
}

# What half-hourly issues for 48 hours leave behind; figures are of no account here, their number and size are.
_FILL = (
    """
    truncate analytics.carbon_intensity_vintages, analytics.regional_carbon_intensity_vintages,
        analytics.half_hourly_carbon_intensity, analytics.half_hourly_regional_carbon_intensity
    """,
    """
    insert into analytics.half_hourly_carbon_intensity
    select at, (at at time zone 'Europe/London')::date, 1, 100, 100, 100, 100, 'moderate', at, 96
    from generate_series({since}, {until} - interval '1 minute', interval '30 minutes') as at
    """,
    """
    insert into analytics.half_hourly_regional_carbon_intensity
    select
        at, region_id, region, (at at time zone 'Europe/London')::date, 100, 'moderate', 1, 2, 3, 4, 5, 6, 7, 8, 64, at
    from generate_series({since}, {until} - interval '1 minute', interval '30 minutes') as at
    cross join reference.carbon_regions
    """,
    """
    insert into analytics.carbon_intensity_vintages
    select
        row_number() over (order by issued_at), issued_at + ahead * interval '30 minutes', issued_at, ahead / 2.0, 100,
        null, 'moderate', false
    from generate_series({since} - interval '2 days', {until}, interval '30 minutes') as issued_at
    cross join generate_series(0, 95) as ahead
    """,
    """
    insert into analytics.regional_carbon_intensity_vintages
    select
        row_number() over (order by issued_at, ahead, region_id), issued_at + ahead * interval '30 minutes', region_id,
        issued_at, ahead / 2.0, 100, 'moderate', 1, 2, 3, 4, 5, 6, 7, 8, 64, false
    from generate_series({since} - interval '2 days', {until}, interval '30 minutes') as issued_at
    cross join generate_series(0, 95) as ahead
    cross join reference.carbon_regions
    """,
    """
    vacuum analyze analytics.carbon_intensity_vintages, analytics.regional_carbon_intensity_vintages,
        analytics.half_hourly_carbon_intensity, analytics.half_hourly_regional_carbon_intensity
    """,
)


def measure(rig: Rig, *, rounds: int, repetitions: int) -> dict[str, Any]:
    """Measure runs in turn with NESO's, then views over a week of versions and over a year of them."""
    runs = _runs(rig, rounds)
    [(bytes_a_row,)] = rig.machine.query(
        "select pg_total_relation_size('raw.carbon_intensity_regional') / count(*) from raw.carbon_intensity_regional"
    )
    views, rows = {}, {}
    for name, span in (("week", WEEK), ("year", YEAR)):
        rows[name] = _fill(rig, span)
        views[name] = _views(rig, repetitions)
        log.info("views over a %s of versions: %s", name, {view: each["p95_ms"] for view, each in views[name].items()})
    return {"runs": runs, "raw_bytes_a_regional_row": int(bytes_a_row), "regional_rows": rows, "views": views}


def _runs(rig: Rig, rounds: int) -> dict[str, Any]:
    api = rig.portal.beside(DAG)
    ours, neso = [], []
    # The first one brings a week, and makes the tables.
    for number in range(rounds + 2):
        rig.next_hour()
        api.set(now=(rig.now + QUARTER).isoformat())
        ours.append(succeeded(rig.airflow.run(DAG, {"look_back_days": 1}, run_after=rig.now + QUARTER)))
        neso.append(succeeded(rig.run()))
        log.info("%d: %s %.2f s, NESO's %.2f s", number, DAG, ours[-1].wall_s, neso[-1].wall_s)
    ours, neso = ours[2:], neso[2:]
    return {DAG: told(ours), "neso_generation_mix": told(neso), "ratio_wall": round(median_s(ours) / median_s(neso), 3)}


def _fill(rig: Rig, span: timedelta) -> int:
    """Fill the published tables with what so long leaves behind; return how many regional versions that is."""
    since, until = (f"timestamptz '{each.isoformat()}'" for each in (rig.now - span, rig.now))
    rig.as_superuser(*(statement.format(since=since, until=until) for statement in _FILL))
    [(rows,)] = rig.machine.query("select count(*) from analytics.regional_carbon_intensity_vintages")
    return int(rows)


def _views(rig: Rig, repetitions: int) -> dict[str, Any]:
    day = Span(rig.now - timedelta(days=1), rig.now, LONDON)
    with rig.place.session(Role.ANALYST, autocommit=True) as analyst:
        reader = Reader(analyst)
        asked = {name: partial(_rows, analyst, statement, day) for name, statement in VIEWS.items()}
        asked["24 h, forecasts by issue (the fan of the dashboard)"] = lambda: fan(reader, day).num_rows
        return {name: _timed(ask, repetitions) for name, ask in asked.items()}


def _rows(analyst: Connection, statement: str, day: Span) -> int:
    with analyst.cursor() as cursor:
        cursor.execute(statement, {"start": day.started_at, "end": day.ended_at})
        return len(cursor.fetchall())


def _timed(ask: Callable[[], int], repetitions: int) -> dict[str, Any]:
    times_ms, rows = [], 0
    for _ in range(repetitions):
        begun = time.perf_counter()
        rows = ask()
        times_ms.append((time.perf_counter() - begun) * 1000)
    p50_ms, p95_ms = (results.percentile(times_ms, each) for each in (50, 95))
    return {"rows": rows, "p50_ms": p50_ms, "p95_ms": p95_ms}
