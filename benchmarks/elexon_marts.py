"""What is made of Elexon's datasets: a year of five-minute generation, the half-hours on top of it, and a day of units.

Everything comes from the simulator through the real pipelines, played in this process: no Airflow waits between steps.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import results
from benchmarks.server import running
from include.deployment import Deployment
from include.home import Home
from include.ingestion.dataset import Dataset
from include.intake.planned import PlannedIntake
from include.pipeline import Pipeline
from include.serving.latest import OWED, QUANTITIES, TABLE, read_latest
from include.settlement import HALF_HOUR, day_started_at
from include.sources.elexon.pipeline import ELEXON_DAILY, ELEXON_LIVE
from include.warehouse import Connection, Role
from tests.asking import Asking
from tests.played import run_at
from tests.simulated_portal import SimulatedPortal, running_portal

log = logging.getLogger(__name__)

POSTGRES_PORT = 5977
# The publisher's clock at the first run; all half-hours that are measured end on the same day.
STARTS_AT = datetime(2026, 5, 20, 8, 5, tzinfo=UTC)
SNAPSHOTS_A_HALF_HOUR = 6
LIVE_RELEASES = ("elexon_generation", "elexon_demand", "elexon_market", "grid_now")
HISTORY, UNITS = "elexon_generation", "elexon_units"
LOADS, STEPS = "extract_and_load", ("check_raw", "build_models", "check_marts", "publish")
# What is wanted, as docs/performance.md has it.
QUERY_MS, UNITS_S, TIMES_SHORT = 100, 60, 1.15
COMPILED = Path("target/compiled/gridloom/models/marts/elexon/grid_now/grid_now.sql")
UNIT_TABLES = (
    *("raw.elexon_pn", "raw.elexon_boalf", "raw.elexon_bod", "raw.elexon_bm_units"),
    *("analytics.balancing_units", "analytics.daily_unit_notifications", "analytics.half_hourly_balancing_actions"),
)


@dataclass(frozen=True)
class Size:
    """How much is measured: days of history, half-hours on either side of it, BM units, and how often one asks."""

    days: int
    half_hours: int
    units: int
    repetitions: int


THOROUGH = Size(days=365, half_hours=7, units=2_500, repetitions=200)
QUICK = Size(days=30, half_hours=2, units=300, repetitions=50)


def measure(home: Path, size: Size) -> tuple[dict[str, Any], str]:
    """Measure all of it in a PostgreSQL of its own, which is erased in the end; return the figures and its version."""
    with running_portal() as portal:
        api = portal.beside("elexon")
        api.set(units=size.units)
        given = {"elexon_url": api.url, "elexon_requests_per_second": 1e6}
        with running(home, port=POSTGRES_PORT, **given) as server, server.fresh() as place:
            return _Bench(place, api, size).all(), server.version


def told(measured: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was measured, as Markdown."""
    yield from ("| what has a target | target | median | worst |", "|---|--:|--:|--:|")
    for name, took in measured["queries"].items():
        yield f"| {name} (ms) | {QUERY_MS} | {took['median_ms']:.1f} | {took['worst_ms']:.1f} |"
    days = [day["wall_s"] for day in measured["units"]["days"]]
    yield f"| a day of units, checked, built and published (s) | {UNITS_S} | {median(days):.1f} | {max(days):.1f} |"
    ratio = measured["half_hour"]["ratio"]
    yield f"| a half-hour after {measured['days']} days, times that after two | {TIMES_SHORT} | {ratio:.2f} | |"
    yield ""
    yield from _told_of_history(measured)
    yield ""
    yield from _told_of_units(measured["units"])


def _told_of_history(measured: Mapping[str, Any]) -> Iterator[str]:
    history, half_hour = measured["history"], measured["half_hour"]
    yield (
        f"{measured['days']} days were checked, built and published in {history['wall_s']:.1f} s "
        f"({_listed(history, HISTORY)}), {history['rows_a_second']:,} rows of five-minute generation a second, after "
        f"{history['steps_s'][LOADS]:.1f} s of loads."
    )
    yield ""
    yield f"| a half-hour, seconds, medians of {half_hour['history']['rounds']} | after | {' | '.join(STEPS)} | all |"
    yield f"|---|--:|{'--:|' * len(STEPS)}--:|"
    for release in LIVE_RELEASES:
        for name, span in (("2 days", "days_before"), (f"{measured['days']} days", "history")):
            steps = half_hour[span]["steps_s"]
            each = " | ".join(f"{steps[f'{release}.{step}']:.2f}" for step in STEPS)
            yield f"| `{release}` | {name} | {each} | {_of_release(steps, release):.2f} |"


def _told_of_units(units: Mapping[str, Any]) -> Iterator[str]:
    first, second = units["days"]
    yield from ("| rows | after the first day | after the second |", "|---|--:|--:|")
    for table in UNIT_TABLES:
        yield f"| `{table}` | {first['rows'][table]:,} | {second['rows'][table]:,} |"
    yield ""
    for name, day in (("first", first), ("second", second)):
        loads_s = day["steps_s"][LOADS]
        yield f"The {name} day took {day['wall_s']:.1f} s ({_listed(day, UNITS)}), its loads {loads_s:.1f} s."


def _listed(measured: Mapping[str, Any], release: str) -> str:
    return ", ".join(f"`{step}` {measured['steps_s'][f'{release}.{step}']:.1f} s" for step in STEPS)


@dataclass
class _Bench(Asking):
    """One warehouse, the publisher that it asks, and the publisher's clock."""

    place: Deployment
    api: SimulatedPortal
    size: Size
    now: datetime = STARTS_AT

    def all(self) -> dict[str, Any]:
        """Measure everything, one after the other."""
        live = _loading(ELEXON_LIVE, *LIVE_RELEASES[:-1])
        self._play(live)
        short = self._half_hours(live)
        history = self._history()
        long = self._half_hours(live)
        return {
            "days": self.size.days,
            "history": history,
            "half_hour": {
                "days_before": short,
                "history": long,
                "ratio": round(_of_releases(long) / _of_releases(short), 2),
            },
            "queries": self._queries(),
            "units": self._units(),
        }

    def _history(self) -> dict[str, Any]:
        """Bring in and publish the days before those that are there."""
        before = self._count("analytics.five_minute_generation")
        span = {"start": (self.now - timedelta(days=self.size.days)).isoformat(), "end": self.now.isoformat()}
        steps = self._play(_loading(ELEXON_LIVE, HISTORY), **span)
        rows = self._count("analytics.five_minute_generation")
        wall_s = _of_release(steps, HISTORY)
        log.info("%s rows of a history in %.1f s: %s", f"{rows:,}", wall_s, steps)
        return {
            "rows": rows,
            "steps_s": steps,
            "wall_s": wall_s,
            "rows_a_second": round((rows - before) / wall_s),
            "load_average": results.load_average(),
        }

    def _half_hours(self, live: Pipeline) -> dict[str, Any]:
        """Play half-hourly runs; return the median seconds of each step. The first one, which warms up, is left out."""
        played = [self._half_hour(live) for _ in range(self.size.half_hours + 1)][1:]
        steps = {step: round(median(each[step] for each in played), 3) for step in played[0]}
        log.info("a half-hour: %s", steps)
        return {"steps_s": steps, "rounds": len(played), "load_average": results.load_average()}

    def _half_hour(self, live: Pipeline) -> dict[str, float]:
        counting = "select count(distinct started_at) from analytics.five_minute_generation where started_at > %s"
        since = self.now - timedelta(days=1)
        before = self.query(counting, since)
        self.now += HALF_HOUR
        steps = self._play(live)
        came = self.query(counting, since)[0][0] - before[0][0]
        if came != SNAPSHOTS_A_HALF_HOUR:
            raise RuntimeError(f"a half-hour brought {came} snapshots")
        return steps

    def _queries(self) -> dict[str, Any]:
        """Ask what `gridloom latest` asks, and what makes the table that it reads."""
        with self.place.session(Role.ANALYST) as analyst, self.place.session(Role.TRANSFORMER) as transformer:
            asked: dict[str, Callable[[], Any]] = {
                "`gridloom latest`: whether there is anything": lambda: _rows(
                    analyst, "select to_regclass(%(table)s)", {"table": f"analytics.{TABLE}"}
                ),
                "`gridloom latest`: what the grid is doing": lambda: _rows(analyst, QUANTITIES),
                "`gridloom latest`: whose data it is": lambda: _rows(analyst, OWED, {"table": TABLE}),
                "`gridloom latest`: all of it, arranged": lambda: read_latest(analyst, self.now, is_simulated=True),
                "`select * from analytics.grid_now`": lambda: _rows(analyst, f"select * from analytics.{TABLE}"),
                "the select that makes `grid_now`": lambda: _rows(transformer, self._compiled()),
            }
            return {name: self._spans(ask) for name, ask in asked.items()}

    def _spans(self, ask: Callable[[], Any]) -> dict[str, float]:
        ask()
        took = list[float]()
        for _ in range(self.size.repetitions):
            begun = time.perf_counter()
            ask()
            took.append((time.perf_counter() - begun) * 1000)
        return {"median_ms": round(median(took), 2), "worst_ms": round(max(took), 2)}

    def _compiled(self) -> str:
        """Return the select as dbt has built it last."""
        state = Home.of(self.place.settings).path / "dbt" / str(self.place.dbt().connection["dbname"])
        return (state / COMPILED).read_text().replace("%", "%%")

    def _units(self) -> dict[str, Any]:
        """Bring in and publish two settlement days of all units, of which the second comes on top of the first."""
        daily = _loading(ELEXON_DAILY, UNITS)
        days = list[dict[str, Any]]()
        for back in (3, 2):
            day = self.now.date() - timedelta(days=back)
            span = {"start": day_started_at(day), "end": day_started_at(day + timedelta(days=1))}
            steps = self._play(daily, **{name: at.isoformat() for name, at in span.items()})
            days.append(
                {
                    "rows": {table: self._count(table) for table in UNIT_TABLES},
                    "steps_s": steps,
                    "wall_s": _of_release(steps, UNITS),
                    "load_average": results.load_average(),
                }
            )
            log.info("%s of units: %s", day, days[-1])
        return {"units": self.size.units, "days": days}

    def _play(self, pipeline: Pipeline, **params: Any) -> dict[str, float]:
        """Play a run at the publisher's instant; return the seconds that each of its steps took."""
        self.api.set(now=self.now.isoformat())
        steps = dict[str, float]()
        before, begun = "", time.perf_counter()
        for step in chain(pipeline.play(run_at(self.now, params), self.place), [""]):
            now = time.perf_counter()
            if before:
                steps[before] = round(now - begun, 3)
            before, begun = step, now
        return steps

    def _count(self, table: str) -> int:
        return int(self.query(f"select count(*) from {table}")[0][0])


def _loading(pipeline: Pipeline, *releases: str) -> Pipeline:
    """Return the pipeline, as one that loads no more than some of its releases read."""
    if not isinstance(pipeline.intake, PlannedIntake):
        raise TypeError(f"{pipeline.dag_id} loads nothing by a plan")
    reads: Iterable[Dataset] = chain.from_iterable(pipeline.release(name).reads for name in releases)
    return replace(pipeline, intake=replace(pipeline.intake, datasets=tuple(reads)))


def _of_release(steps: Mapping[str, float], release: str) -> float:
    """Return the seconds that a release takes to be checked, built and published."""
    return round(sum(seconds for step, seconds in steps.items() if step.startswith(f"{release}.")), 3)


def _of_releases(told: Mapping[str, Any]) -> float:
    return sum(_of_release(told["steps_s"], release) for release in LIVE_RELEASES)


def _rows(connection: Connection, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
