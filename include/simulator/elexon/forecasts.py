"""Forecasts of demand, generation, margin and wind: for the hours, the fortnight and the years ahead."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import numpy as np

from include.simulator.elexon import known_days
from include.simulator.elexon.demand import national_mw, system_mw
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Publications, at_every
from include.simulator.elexon.settlement import (
    DAY_S,
    EPOCH_S,
    HALF_HOUR_S,
    HOUR_S,
    half_hour_at,
    half_hour_of,
    local,
    period_at,
    stamp,
    stamps,
    utc,
)
from include.simulator.elexon.world import Numbers, World, a_year_or_more_ago
from include.simulator.weather import Floats

NATION = "N"
# Each boundary's part of demand and of generation, in percent.
BOUNDARIES = {
    "B1": (1, 2), "B2": (2, 4), "B3": (1, 2), "B4": (3, 6), "B5": (4, 5), "B6": (8, 16), "B7": (12, 22),
    "B8": (35, 41), "B9": (52, 58), "B10": (14, 9), "B11": (18, 24), "B12": (9, 7), "B13": (5, 4), "B14": (17, 6),
    "B15": (6, 9), "B16": (22, 25), "B17": (10, 5), NATION: (100, 100),
}  # fmt: skip

# An operational day ends at 5 in the morning; from noon on, one more is foreseen.
DAY_ENDS_H, NEXT_DAY_FROM_H = 5, 12
# MW of all stations together that can run.
AVAILABLE_MW = 52_000
LOW_MARGIN_MW = 4_000  # below it, there is some risk
# The system operator publishes twice an hour, and wind eight times a day.
TWICE_AN_HOUR = at_every(30, past=17)
WIND_TIMES = tuple(round(hours * HOUR_S) for hours in (3.5, 5.5, 8.5, 10.5, 12.5, 16.5, 19.5, 23.5))
EARLY_AFTERNOON = (13 * HOUR_S + 45 * 60,)
THURSDAY = 3
DAYS_AHEAD, WEEKS_AHEAD, YEARS_AHEAD = range(2, 15), range(2, 53), range(2, 157)
WIND_HOURS_AHEAD = 62


def _half_hours_ahead(told_s: int) -> Numbers:
    """Return the half-hours from the next one to tomorrow at 5, from noon on to the day after at 5."""
    now = local(told_s)
    day = now.date() + timedelta(days=1 + (now.hour >= NEXT_DAY_FROM_H))
    return np.arange(half_hour_at(told_s) + 1, half_hour_of(day, 1) + 2 * DAY_ENDS_H)


def _foreseen(world: World, code: str, mw: Floats, half_hours: Numbers, told_s: int, *, error: float) -> Floats:
    """Return figures as foreseen at an instant: the further ahead, the further off."""
    ahead = np.sqrt(np.maximum(1, half_hours - half_hour_at(told_s)))
    mood = world.drift(f"{code} mood", half_hours, steps=11) + 0.3 * world.luck(f"{code} {told_s % 7}", half_hours)
    return mw * (1 + error * ahead * mood)


def _demand_ahead(world: World, half_hours: Numbers, told_s: int) -> tuple[Floats, Floats]:
    """Return national and system demand as foreseen."""
    error = _foreseen(world, "NDF", np.ones(len(half_hours)), half_hours, told_s, error=0.004)
    return national_mw(world, half_hours) * error, system_mw(world, half_hours) * error


def _indicated(code: str, member: str, figures: Callable[[World, Numbers, int], dict[str, Floats]]) -> Publications:
    """Return a forecast for the hours ahead, by boundary."""

    def rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        for issue in issues:
            half_hours = _half_hours_ahead(issue.told_s)
            periods = [period_at(number) for number in half_hours.tolist()]
            told = stamp(issue.told_s)
            for boundary, mw in figures(world, half_hours, issue.told_s).items():
                for period, value in zip(periods, np.rint(mw).astype(int).tolist(), strict=True):
                    yield {
                        "dataset": code,
                        member: value,
                        "publishTime": told,
                        "startTime": period.start,
                        "settlementDate": period.date,
                        "settlementPeriod": period.period,
                        "boundary": boundary,
                    }

    return Publications(rows, TWICE_AN_HOUR, at_once=1)


def _ndf(world: World, half_hours: Numbers, told_s: int) -> dict[str, Floats]:
    return {NATION: known_days.foreseen_mw(world, half_hours, _demand_ahead(world, half_hours, told_s)[0])}


def _tsdf(world: World, half_hours: Numbers, told_s: int) -> dict[str, Floats]:
    system = _demand_ahead(world, half_hours, told_s)[1]
    return {name: system * part / 100 for name, (part, _) in BOUNDARIES.items()}


def _indgen(world: World, half_hours: Numbers, told_s: int) -> dict[str, Floats]:
    notified = system_mw(world, half_hours) * (1.01 + 0.03 * world.drift("notified", half_hours, steps=8))
    return {name: notified * part / 100 for name, (_, part) in BOUNDARIES.items()}


def _inddem(world: World, half_hours: Numbers, told_s: int) -> dict[str, Floats]:
    taken = -1_500 * (1.4 + world.drift("taken", half_hours, steps=8))
    return {name: taken * part / 100 for name, (part, _) in BOUNDARIES.items()}


def _imbalance(world: World, half_hours: Numbers, told_s: int) -> dict[str, Floats]:
    generation, demand = _indgen(world, half_hours, told_s), _tsdf(world, half_hours, told_s)
    return {name: np.rint(generation[name]) - np.rint(demand[name]) for name in BOUNDARIES}


def _margin(world: World, half_hours: Numbers, told_s: int) -> dict[str, Floats]:
    demand = _demand_ahead(world, half_hours, told_s)[0]
    able = AVAILABLE_MW * (1 + 0.06 * world.drift("able", half_hours, steps=40))
    return {name: able * has / 100 - demand * needs / 100 for name, (needs, has) in BOUNDARIES.items()}


Peaks = Callable[[World, Numbers, int], Floats]


def _daily(code: str, member: str, figures: Peaks, times: tuple[int, ...]) -> Publications:
    """Return a forecast of the highest figure of each day, 2 to 14 days ahead."""

    def rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        for issue in issues:
            days = [local(issue.told_s).date() + timedelta(days=ahead) for ahead in DAYS_AHEAD]
            evening = np.array([half_hour_of(day, 36) for day in days])
            peaks = figures(world, evening, issue.told_s)
            for day, value in zip(days, peaks.astype(int).tolist(), strict=True):
                told = {"publishTime": stamp(issue.told_s), "forecastDate": day.isoformat(), member: value}
                yield {"dataset": code, **told}

    return Publications(rows, times, at_once=24)


def _weekly(
    code: str, member: str, figures: Peaks, weeks: range, times: tuple[int, ...], weekday: int | None = None
) -> Publications:
    """Return a forecast of the highest figure of each week ahead."""
    is_year_first = weeks is WEEKS_AHEAD

    def rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        for issue in issues:
            days = [utc(issue.told_s + week * 7 * DAY_S).date().isocalendar() for week in weeks]
            evening = np.array([half_hour_at(issue.told_s) + week * 7 * 48 for week in weeks])
            peaks = figures(world, a_year_or_more_ago(evening, issue.told_s), issue.told_s)
            for (year, week, _), value in zip(days, peaks.astype(int).tolist(), strict=True):
                when = {"year": year, "week": week} if is_year_first else {"week": week, "year": year}
                yield {"dataset": code, "publishTime": stamp(issue.told_s), **when, member: value}

    return Publications(rows, times, weekday)


def _to_50(mw: Floats) -> Floats:
    """Round to 50 MW, as the system operator does."""
    rounded: Floats = np.rint(mw / 50) * 50
    return rounded


def _national_peaks(world: World, half_hours: Numbers, told_s: int) -> Floats:
    return _to_50(_foreseen(world, "NDFD", national_mw(world, half_hours), half_hours, told_s, error=0.002))


def _system_peaks(world: World, half_hours: Numbers, told_s: int) -> Floats:
    return _national_peaks(world, half_hours, told_s) + 550


def _margins(world: World, half_hours: Numbers, told_s: int) -> Floats:
    able = AVAILABLE_MW * (1 + 0.08 * world.drift("able", half_hours + told_s % 97, steps=48))
    return np.rint(able - _national_peaks(world, half_hours, told_s))


def _surpluses(world: World, half_hours: Numbers, told_s: int) -> Floats:
    return _margins(world, half_hours, told_s) - 4_125


def _wind(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        begin = half_hour_at(issue.told_s - issue.told_s % HOUR_S) - 6
        half_hours = begin + 2 * np.arange(WIND_HOURS_AHEAD)
        mw = _foreseen(world, "WINDFOR", world.mw("WIND", half_hours), half_hours, issue.told_s, error=0.02)
        starts = stamps(EPOCH_S + half_hours * HALF_HOUR_S)
        told = stamp(issue.told_s)
        for start, value in zip(starts, np.rint(np.maximum(mw, 0)).astype(int).tolist(), strict=True):
            yield {"dataset": "WINDFOR", "publishTime": told, "startTime": start, "generation": value}


LOSS_OF_LOAD_HALF_HOURS = 50


def _loss_of_load(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield them from the furthest half-hour to the next; the rows call the dataset LOLPDM."""
    for issue in issues:
        half_hours = half_hour_at(issue.number) + np.arange(LOSS_OF_LOAD_HALF_HOURS, 0, -1)
        margins = _margin(world, half_hours, issue.number)[NATION]
        risks = np.round(np.maximum(LOW_MARGIN_MW - margins, 0) / 40_000, 3)
        told, commencing = stamp(issue.told_s), stamp(issue.number)
        for number, risk, margin in zip(half_hours.tolist(), risks.tolist(), margins.tolist(), strict=True):
            period = period_at(number)
            yield {
                "dataset": "LOLPDM",
                "publishTime": told,
                "publishingPeriodCommencingTime": commencing,
                "startTime": period.start,
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "lossOfLoadProbability": risk,
                "deratedMargin": round(margin, 3),
            }


def _some_minutes(world: World, due: Numbers) -> Numbers:
    return 200 + (world.luck("LOLPDRM late", due) * 200).astype(np.int64)


SERIES = {
    "NDF": _indicated("NDF", "demand", _ndf),
    "TSDF": _indicated("TSDF", "demand", _tsdf),
    "INDGEN": _indicated("INDGEN", "generation", _indgen),
    "INDDEM": _indicated("INDDEM", "demand", _inddem),
    "IMBALNGC": _indicated("IMBALNGC", "imbalance", _imbalance),
    "MELNGC": _indicated("MELNGC", "margin", _margin),
    "NDFD": _daily("NDFD", "demand", _national_peaks, EARLY_AFTERNOON),
    "TSDFD": _daily("TSDFD", "demand", _system_peaks, EARLY_AFTERNOON),
    "OCNMFD": _daily("OCNMFD", "surplus", _surpluses, at_every(60)),
    "OCNMFD2": _daily("OCNMFD2", "margin", _margins, at_every(60)),
    "NDFW": _weekly("NDFW", "demand", _national_peaks, WEEKS_AHEAD, EARLY_AFTERNOON, THURSDAY),
    "TSDFW": _weekly("TSDFW", "demand", _system_peaks, WEEKS_AHEAD, EARLY_AFTERNOON, THURSDAY),
    "OCNMF3Y": _weekly("OCNMF3Y", "surplus", _surpluses, YEARS_AHEAD, at_every(60, past=20)),
    "OCNMF3Y2": _weekly("OCNMF3Y2", "margin", _margins, YEARS_AHEAD, at_every(60)),
    "WINDFOR": Publications(_wind, WIND_TIMES),
    "LOLPDRM": Publications(_loss_of_load, at_every(30), delay=_some_minutes, latest_s=400),
}
