"""`python -m benchmarks [--quick] [SECTION …]`: measure, keep the figures, draw the plots, write docs/performance.md.

It takes a home of its own, `.gridloom-bench`, and erases it in the end. Run it with the peers' Python: `make bench`.
"""

import argparse
import logging
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import (
    browser,
    bulk_load,
    cosmos,
    cost,
    elexon,
    elexon_marts,
    forecasts,
    full_history,
    hourly,
    meters,
    plots,
    queries,
    report,
    results,
    vintages,
)
from benchmarks.rig import DAG, Rig, link_dags, prepare_project, running_rig
from include.settings import REPOSITORY, Settings

SECTIONS = (
    "meters",
    "elexon",
    "elexon_marts",
    "forecasts",
    "full_history",
    "bulk_load",
    "hourly",
    "cosmos",
    "queries",
    "browser",
    "vintages",
    "cost",
)
HOME = REPOSITORY / ".gridloom-bench"


@dataclass(frozen=True)
class Effort:
    """How often things are measured."""

    hours: int
    cosmos_rounds: int
    loads: int
    bulk_rounds: int
    with_dlt: bool
    repetitions: int
    clicks: int
    cost_rounds: int
    years: tuple[int, ...]
    meters: meters.Size
    elexon: elexon.Size
    elexon_marts: elexon_marts.Size
    forecasts: forecasts.Size


THOROUGH = Effort(
    *(10, 10, 10, 5),
    with_dlt=True,
    repetitions=200,
    clicks=10,
    cost_rounds=3,
    years=cost.YEARS,
    meters=meters.THOROUGH,
    elexon=elexon.THOROUGH,
    elexon_marts=elexon_marts.THOROUGH,
    forecasts=forecasts.THOROUGH,
)
QUICK = Effort(
    *(3, 1, 3, 1),
    with_dlt=False,
    repetitions=50,
    clicks=5,
    cost_rounds=1,
    years=(1, 17),
    meters=meters.QUICK,
    elexon=elexon.QUICK,
    elexon_marts=elexon_marts.QUICK,
    forecasts=forecasts.QUICK,
)


def main() -> None:
    """Measure what was asked for."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for noisy in ("include", "httpx", "great_expectations"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, without dlt")
    parser.add_argument("--home", type=Path, default=HOME, help="where its services live")
    asked = parser.parse_args()
    sections = asked.sections or list(SECTIONS)
    effort = QUICK if asked.quick else THOROUGH
    shutil.rmtree(asked.home, ignore_errors=True)
    if "meters" in sections:
        measure_meters(asked.home, effort)
        sections.remove("meters")
    if "elexon" in sections:
        measure_elexon(asked.home, effort)
        sections.remove("elexon")
    if "elexon_marts" in sections:
        measure_elexon_marts(asked.home, effort)
        sections.remove("elexon_marts")
    if "forecasts" in sections:
        measure_forecasts(effort)
        sections.remove("forecasts")
    if sections:
        measure_rest(asked.home, sections, effort)
    plots.draw()
    report.write()
    print(report.text())


def measure_meters(home: Path, effort: Effort) -> None:
    """Measure what needs a PostgreSQL, and no Airflow."""
    with tempfile.TemporaryDirectory() as folder:
        measured, version = meters.measure(home, Path(folder), effort.meters)
    results.keep("meters", measured, server_version=version)


def measure_elexon(home: Path, effort: Effort) -> None:
    """Measure what needs a PostgreSQL and a simulator, and no Airflow."""
    with tempfile.TemporaryDirectory() as folder:
        measured, version = elexon.measure(home, Settings().real_data, Path(folder), effort.elexon)
    results.keep("elexon", measured, server_version=version)


def measure_elexon_marts(home: Path, effort: Effort) -> None:
    """Measure what is made of Elexon's datasets, which needs no Airflow either."""
    measured, version = elexon_marts.measure(home, effort.elexon_marts)
    results.keep("elexon_marts", measured, server_version=version)


def measure_forecasts(effort: Effort) -> None:
    """Measure models on recorded years, which needs no server at all."""
    settings = Settings()
    measured = forecasts.measure(settings.real_data, settings.forecasts_python, effort.forecasts)
    results.keep("forecasts", measured, server_version="none")


def measure_rest(home: Path, sections: list[str], effort: Effort) -> None:
    """Measure what is measured beside an Airflow."""
    dags = home.with_name(f"{home.name}-dags")
    shutil.rmtree(dags, ignore_errors=True)
    link_dags(dags, [REPOSITORY / "dags" / f"{dag}.py" for dag in (DAG, vintages.DAG)])
    with running_rig(home, dags=dags) as rig:
        measure(rig, sections, effort)


def measure(rig: Rig, sections: list[str], effort: Effort) -> None:
    """Fill the warehouse with 17 years, which is measured itself, then measure each section on it."""
    log = logging.getLogger("benchmarks")
    hourly.copy_empty_warehouse(rig)
    log.info("the whole history, through Airflow")
    run = full_history.measure_run(rig)
    version = rig.server_version
    if "hourly" in sections:
        log.info("hourly runs")
        hourly.load_one_year(rig)
        results.keep("hourly", hourly.measure(rig, rounds=effort.hours), server_version=version)
    if "cosmos" in sections:
        log.info("the same models through Cosmos")
        prepare_project(rig)
        results.keep("cosmos", cosmos.measure(rig, rounds=effort.cosmos_rounds), server_version=version)
    if "queries" in sections:
        log.info("queries")
        results.keep("queries", queries.measure(rig, repetitions=effort.repetitions), server_version=version)
    if "browser" in sections and browser.is_possible():
        log.info("the dashboard in a browser")
        results.keep("browser", browser.measure(rig, rounds=effort.clicks), server_version=version)
    if "full_history" in sections:
        log.info("loads into raw")
        with tempfile.TemporaryDirectory() as folder:
            load = full_history.measure_load(rig, Path(folder), rounds=effort.loads, with_dlt=effort.with_dlt)
        results.keep("full_history", {"run": run, "load": load}, server_version=version)
    if "bulk_load" in sections:
        log.info("a million rows into columns")
        empty = partial(full_history.empty_warehouse, rig)
        with tempfile.TemporaryDirectory() as folder:
            bulk = bulk_load.measure(empty, rig.machine.settings.real_data, Path(folder), rounds=effort.bulk_rounds)
        results.keep("bulk_load", bulk, server_version=version)
    if "vintages" in sections:
        log.info("versions of forecasts")
        kept = vintages.measure(rig, rounds=effort.hours, repetitions=effort.repetitions)
        results.keep("vintages", kept, server_version=version)
    if "cost" in sections:
        log.info("costs")
        results.keep("cost", cost.measure(rig, rounds=effort.cost_rounds, years=effort.years), server_version=version)


if __name__ == "__main__":
    main()
