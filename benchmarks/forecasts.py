"""How good forecasts are on recorded years, by model and target, how well their intervals hold, and what they cost.

Four series are on record: demand, wind and gas of 2024 to 2026, carbon intensity of 2023. The newest half-hour that a
model knows had ended an hour before its origin; no weather is on record.
"""

import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from include.forecasting.backtest import Backcast, backtest, known_after
from include.forecasting.history import HALF_HOURS, History
from include.forecasting.model import Asked
from include.forecasting.panel import Absent, Answer
from include.forecasting.pretrained.panel import Pretrained
from include.forecasting.scores import scores_of
from include.forecasting.skill import mase_scale
from include.forecasting.target import TARGETS, Target, target_of
from include.settings import REPOSITORY
from include.sources.forecasts.models import OWN
from tests.recorded_histories import intensity, outturn

log = logging.getLogger("benchmarks")

NAIVE = ("naive_day", "naive_week")
TINY, FULL = "tiny", "full"


@dataclass(frozen=True)
class Recorded:
    """A series on record, and the origins at which models are compared."""

    target: str
    column: str | None
    """Of Elexon's half-hours; None for the intensity."""
    first_at: datetime
    origins: int
    every: timedelta
    goal: float
    """The skill to be reached."""
    daily_from: datetime
    """From when on a year of daily origins is judged, or as much of it as is on record."""


def _of_fuelhh(target: str, column: str, goal: float) -> Recorded:
    first_at = datetime(2025, 7, 1, 6, tzinfo=UTC)
    return Recorded(target, column, first_at, 73, timedelta(days=5, hours=7), goal, daily_from=first_at)


RECORDED = (
    _of_fuelhh("demand", "INDO", 0.34),
    _of_fuelhh("wind", "WIND", 0.33),
    _of_fuelhh("gas", "CCGT", 0.26),
    Recorded(
        *("carbon", None, datetime(2023, 6, 1, 6, tzinfo=UTC), 65),
        *(timedelta(days=3, hours=7), 0.28, datetime(2023, 3, 5, 6, tzinfo=UTC)),
    ),
)


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    days: int
    """Daily origins over which intervals are judged."""
    days_apart: int
    with_pretrained: bool


THOROUGH = Size(365, 1, with_pretrained=True)
QUICK = Size(365, 15, with_pretrained=False)


def measure(real_data: Path, python: Path, size: Size) -> dict[str, Any]:
    """Measure skill, intervals, time and memory; `python` is the one of `make forecasts`."""
    log.info("skill by model and target")
    compared = {each.target: _compared(each, real_data, python, size) for each in RECORDED}
    log.info("intervals over a year of daily origins")
    with ProcessPoolExecutor(2) as processes:
        asked = [(each, real_data, size) for each in RECORDED]
        held = dict(zip(compared, processes.map(_intervals, asked), strict=True))
    told: dict[str, Any] = {"compared": compared, "intervals": held, "cost": _cost(real_data)}
    if size.with_pretrained and python.is_file():
        log.info("Chronos-2 at full size")
        told["chronos_full_size"] = _full_size(real_data, python)
    return told


def history(recorded: Recorded, real_data: Path) -> History:
    """Return a series on record."""
    found = outturn(real_data, recorded.column) if recorded.column else intensity(real_data)
    beside = [each for each in RECORDED if each.target == _target(recorded).beside]
    return found.with_beside(history(beside[0], real_data)) if beside else found


def _target(recorded: Recorded) -> Target:
    return target_of(recorded.target)


def _compared(recorded: Recorded, real_data: Path, python: Path, size: Size) -> dict[str, Any]:
    """Return the scores of each model at the same origins."""
    series = history(recorded, real_data)
    origins = [recorded.first_at + number * recorded.every for number in range(recorded.origins)]
    by_model = {name: _own(name, recorded, series, origins) for name in OWN}
    if size.with_pretrained:
        by_model |= _pretrained(recorded, series, origins, python)
    change = mase_scale(series.between(origins[0], (origins[-1] - origins[0]) // timedelta(minutes=30)))
    naive = [by_model[name] for name in NAIVE]
    models = {
        name: [asdict(each) for each in scores_of(made, *naive, daily_change=change)] for name, made in by_model.items()
    }
    return {"origins": len(origins), "goal": recorded.goal, "models": models}


def _own(name: str, recorded: Recorded, series: History, origins: Sequence[datetime]) -> list[Backcast]:
    known_at = known_after(series)
    return list(backtest(OWN[name], _target(recorded), origins, known_at=known_at, actual=series))


def _pretrained(
    recorded: Recorded, series: History, origins: Sequence[datetime], python: Path
) -> dict[str, list[Backcast]]:
    known_at = known_after(series)
    asked = [Asked(_target(recorded), known_at(origin_at), origin_at) for origin_at in origins]
    answers = [each for each in Pretrained(python).answers(asked) if isinstance(each, Answer)]
    return {
        model: [
            Backcast(each.asked.starts_at, each.quantiles, series.between(each.asked.starts_at, HALF_HOURS))
            for each in made
        ]
        for model, made in groupby(answers, attrgetter("model"))
    }


def _intervals(asked: tuple[Recorded, Path, Size]) -> dict[str, Any]:
    """Return how much of what came lay within the 80 % interval, at daily origins, as a whole and by lead."""
    recorded, real_data, size = asked
    series = history(recorded, real_data)
    days = range(0, size.days, size.days_apart)
    dated = [recorded.daily_from + timedelta(days=day) for day in days]
    origins = [at for at in dated if at + timedelta(hours=48) <= series.ended_at and _is_known(series, at)]
    by_model = {name: _own(name, recorded, series, origins) for name in OWN}
    naive = [by_model[name] for name in NAIVE]
    covered = {
        name: {each.lead: each.coverage_pct for each in scores_of(made, *naive, daily_change=1)}
        for name, made in by_model.items()
    }
    return {"origins": len(origins), "coverage_pct": covered}


def _is_known(series: History, origin_at: datetime) -> bool:
    """Tell whether the newest half-hour of before is no older than a run would accept."""
    return origin_at - known_after(series)(origin_at).ended_at <= timedelta(hours=3)


def _cost(real_data: Path) -> dict[str, float]:
    """Measure all five targets by all models of numpy, from the start of a process that has the histories on disk."""
    with tempfile.TemporaryDirectory() as folder:
        for recorded in RECORDED:
            series = history(recorded, real_data)
            beside = series.values if series.beside is None else series.beside
            kept = {"first_at": series.first_at.isoformat(), "values": series.values, "beside": beside}
            np.savez(Path(folder) / recorded.target, **kept)
        begun = time.perf_counter()
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.forecasts", folder], check=True, capture_output=True, cwd=REPOSITORY
        ).stdout
        return {"took_s": round(time.perf_counter() - begun, 1), **json.loads(told)}


def _forecast_all(folder: Path) -> None:
    """Foresee each target once by each model, solar by the figures of carbon; print the most memory it took."""
    for target in TARGETS:
        kept = np.load(folder / f"{'carbon' if target.name == 'solar' else target.name}.npz")
        beside = kept["beside"] if target.beside else None
        series = History(datetime.fromisoformat(str(kept["first_at"])), kept["values"], beside)
        for model in OWN.values():
            model.forecast(Asked(target, series, series.ended_at + timedelta(hours=1)))
    print(json.dumps({"peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


def _full_size(real_data: Path, python: Path) -> dict[str, Any]:
    """Measure Chronos-2 with as many weights as the published one has, here random: five series, process and all."""
    with tempfile.TemporaryDirectory() as folder:
        script = REPOSITORY / "tests" / "tiny_chronos.py"
        subprocess.run([str(python), str(script), folder, FULL], check=True, capture_output=True)
        series = [history(each, real_data) for each in RECORDED]
        asked = [
            Asked(target, each, each.ended_at + timedelta(hours=1))
            for target, each in zip(TARGETS, [*series, series[-1]], strict=True)
        ]
        begun = time.perf_counter()
        answers = list(Pretrained(python, f"{folder}/{FULL}").answers(asked))
        took_s = time.perf_counter() - begun
    assert not any(isinstance(each, Absent) for each in answers)
    return {"took_s": round(took_s, 1), "beside": "fracast, asked by the same process"}


def told(measured: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield "| target | model | MAE | skill | goal | 0-6 h | 6-24 h | 24-48 h | MASE | pinball |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for target, compared in measured["compared"].items():
        for model, scores in compared["models"].items():
            overall, *by_lead = scores
            goal = f"{compared['goal']:.2f}" if model == "ridge" else ""
            skills = " | ".join(f"{each['skill']:.3f}" for each in by_lead)
            yield (
                f"| {target} | {model} | {overall['mae']:,.1f} | {overall['skill']:.3f} | {goal} | {skills} "
                f"| {overall['mase']:.3f} | {overall['pinball']:,.1f} |"
            )
    yield from ("", "Share of what came within the 80 % interval (%), at daily origins:", "")
    yield "| target | model | origins | all | 0-6 h | 6-24 h | 24-48 h |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for target, held in measured["intervals"].items():
        for model, covered in held["coverage_pct"].items():
            shares = " | ".join(f"{each:.1f}" for each in covered.values())
            yield f"| {target} | {model} | {held['origins']} | {shares} |"
    cost = measured["cost"]
    yield from (
        "",
        f"Five targets by the models of numpy, process and all: {cost['took_s']:.1f} s, {cost['peak_mib']} MiB.",
    )
    if full_size := measured.get("chronos_full_size"):
        yield f"Chronos-2 at full size with random weights, five series, process and all: {full_size['took_s']} s."


if __name__ == "__main__":
    _forecast_all(Path(sys.argv[1]))
