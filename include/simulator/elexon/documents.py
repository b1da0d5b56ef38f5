"""Documents of the transparency regulation: what was generated and used by type, what is foreseen, held ready and paid.

One document in ten is told anew within days, with other figures and a higher revision number.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np

from include.simulator.elexon.demand import national_mw, system_mw
from include.simulator.elexon.fuels import half_hourly_mw
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Publications, at_every
from include.simulator.elexon.settlement import (
    HOUR_S,
    day_after,
    half_hour_at,
    half_hour_of,
    local,
    midnight_s,
    period_at,
    stamp,
)
from include.simulator.elexon.units import CAPACITY_MW
from include.simulator.elexon.world import Numbers, World, a_year_or_more_ago
from include.simulator.weather import Floats

REVISED_SHARE = 0.1
REVISION_MOVES = 0.01  # as a share
MINUTE_S = 60
DAILY, THURSDAY = (12 * HOUR_S + 8,), 3
BIGGEST_UNITS_MW = 100
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
OFFSHORE_SHARE = 0.62
ONE_QUANTITY_SHARE = 0.5  # of the energy accepted, the others have two
# Type, business and how much of it there is installed, in MW.
TYPES = {
    "Biomass": ("Production", CAPACITY_MW["BIOMASS"]),
    "Fossil Gas": ("Production", CAPACITY_MW["CCGT"] + CAPACITY_MW["OCGT"]),
    "Fossil Hard coal": ("Production", 0),
    "Fossil Oil": ("Production", CAPACITY_MW["OIL"]),
    "Hydro Pumped Storage": ("Production", CAPACITY_MW["PS"]),
    "Hydro Run-of-river and poundage": ("Production", CAPACITY_MW["NPSHYD"]),
    "Nuclear": ("Production", CAPACITY_MW["NUCLEAR"]),
    "Other": ("Production", 3_500),
    "Solar": ("Solar generation", 17_000),
    "Wind Offshore": ("Wind generation", 16_000),
    "Wind Onshore": ("Wind generation", 14_500),
}
WEATHER_TYPES = ("Solar", "Wind Offshore", "Wind Onshore")
RESOURCES = {"NUCLEAR": "Nuclear", "WIND": "Wind Offshore", "CCGT": "Fossil Gas", "COAL": "Fossil Hard coal"}


def by_type_mw(world: World, half_hours: Numbers) -> dict[str, Floats]:
    """Return MW by type; unlike by fuel, with sun and wind that no transmission meter sees."""
    mw = half_hourly_mw(world, half_hours)
    return {
        "Biomass": mw["BIOMASS"],
        "Fossil Gas": mw["CCGT"] + mw["OCGT"],
        "Fossil Hard coal": mw["COAL"],
        "Fossil Oil": mw["OIL"],
        "Hydro Pumped Storage": np.maximum(mw["PS"], 0),
        "Hydro Run-of-river and poundage": mw["NPSHYD"],
        "Nuclear": mw["NUCLEAR"],
        "Other": mw["OTHER"],
        "Solar": world.mw("SOLAR", half_hours),
        "Wind Offshore": OFFSHORE_SHARE * mw["WIND"],
        "Wind Onshore": (1 - OFFSHORE_SHARE) * mw["WIND"] + world.mw("WIND_EMB", half_hours),
    }


def _head(code: str, issue: Issue, *, name: str | None = None) -> Row:
    return {
        "dataset": code,
        "documentId": f"NGET-EMFIP-{name or code}-{issue.number // 60 % 10**8:08}",
        "documentRevisionNumber": issue.revision,
        "publishTime": stamp(issue.told_s),
    }


def _revised(world: World, issue: Issue, name: str, figure: float, *, decimals: int = 0) -> float:
    """Return a figure as this revision has it."""
    if issue.revision > 1:
        luck = float(world.luck(f"{name} {issue.revision}", np.array([issue.number]))[0])
        figure += (abs(figure) * REVISION_MOVES + 1) * (luck + 0.1)
    return round(float(figure), decimals)


def _when(number: int) -> Row:
    period = period_at(number)
    return {"startTime": period.start, "settlementDate": period.date, "settlementPeriod": period.period}


def _after(code: str, minutes: int, *, within_s: int = 300) -> dict[str, Any]:
    """Return a timetable of half-hours, each told so many minutes after its end, and some seconds."""

    def delay(world: World, due: Numbers) -> Numbers:
        return minutes * MINUTE_S + (world.luck(f"{code} delay", due) * within_s).astype(np.int64)

    return {"times": at_every(30), "delay": delay, "latest_s": minutes * MINUTE_S + within_s}


def _past(issue: Issue) -> int:
    """Return the half-hour that ended when an issue was due."""
    return half_hour_at(issue.number) - 1


def _by_type(code: str, types: Sequence[str], world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    mw = by_type_mw(world, np.array([_past(issue) for issue in issues]))
    for at, issue in enumerate(issues):
        for each in types:
            quantity = _revised(world, issue, each, round(float(mw[each][at])), decimals=3)
            about = {"businessType": TYPES[each][0], "psrType": each, "quantity": quantity}
            yield {**_head(code, issue), **about, **_when(_past(issue))}


def _atl(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    mw = system_mw(world, np.array([_past(issue) for issue in issues]))
    for issue, value in zip(issues, mw.tolist(), strict=True):
        quantity = _revised(world, issue, "ATL", value)
        yield {**_head("ATL", issue), **_when(_past(issue)), "quantity": quantity}


def _tomorrow(issue: Issue) -> Numbers:
    day = day_after(local(issue.number).date())
    return np.arange(half_hour_of(day, 1), half_hour_at(midnight_s(day_after(day))))


def _dgws(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        half_hours = _tomorrow(issue)
        mw = by_type_mw(world, half_hours)
        for each in WEATHER_TYPES:
            miss = 1 + 0.12 * world.drift(f"{each} ahead", half_hours, steps=12)
            for number, value in zip(half_hours.tolist(), (mw[each] * miss).tolist(), strict=True):
                quantity = _revised(world, issue, each, value)
                about = {"processType": "Day ahead", "businessType": TYPES[each][0], "psrType": each}
                yield {**_head("DGWS", issue), **about, "quantity": quantity, **_when(number)}


def _dag(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        half_hours = _tomorrow(issue)
        for number, value in zip(half_hours.tolist(), system_mw(world, half_hours).tolist(), strict=True):
            yield {**_head("DAG", issue), "quantity": _revised(world, issue, "DAG", value * 0.98), **_when(number)}


def _datl(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        half_hours = _tomorrow(issue)
        for number, value in zip(half_hours.tolist(), national_mw(world, half_hours).tolist(), strict=True):
            yield {**_head("DATL", issue), **_when(number), "quantity": _revised(world, issue, "DATL", value * 1.01)}


def _loads(world: World, issue: Issue, days: list[date]) -> Iterator[tuple[date, Row]]:
    """Yield each day with the least and the most that it may need, as a like day of a year before."""
    first = np.array([half_hour_of(day, 1) for day in days])
    half_hours = a_year_or_more_ago((first[:, None] + np.arange(48)).ravel(), issue.number)
    mw = national_mw(world, half_hours).reshape(-1, 48)
    for day, least, most in zip(days, mw.min(axis=1).tolist(), mw.max(axis=1).tolist(), strict=True):
        figures = {"minimumPossible": least, "maximumAvailable": most}
        yield day, {name: _revised(world, issue, f"load {name}", value) for name, value in figures.items()}


def _next_monday(issue: Issue) -> date:
    today = local(issue.number).date()
    return today + timedelta(days=7 - today.weekday())


def _watl(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        days = [_next_monday(issue) + timedelta(days=ahead) for ahead in range(7)]
        for day, load in _loads(world, issue, days):
            when = {"forecastDate": day.isoformat(), "forecastWeek": day.isocalendar().week}
            yield {**_head("WATL", issue), **when, **load}


def _matl(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        mondays = [_next_monday(issue) + timedelta(weeks=ahead) for ahead in range(5)]
        for monday, load in _loads(world, issue, mondays):
            when = {
                "forecastWeekCommencingDate": monday.isoformat(),
                "forecastYear": monday.year,
                "forecastMonth": MONTHS[monday.month - 1],
            }
            yield {**_head("MATL", issue), **when, **load}


def _yatl(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        mondays = [_next_monday(issue) + timedelta(weeks=ahead) for ahead in range(52)]
        for monday, load in _loads(world, issue, mondays):
            year, week, _ = monday.isocalendar()
            when = {"forecastYear": year, "forecastWeek": week}
            yield {**_head("YATL", issue), **when, **load}


def _yafm(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        margin = _revised(world, issue, "YAFM", 8_000 + 2_000 * float(world.luck("YAFM", np.array([issue.number]))[0]))
        about = {"businessType": "Positive forecast margin", "year": local(issue.number).year + 1, "quantity": margin}
        yield {**_head("YAFM", issue), **about}


def _igca(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        for each, (_, mw) in TYPES.items():
            about = {"businessType": "Installed generation", "psrType": each, "year": local(issue.number).year}
            yield {**_head("IGCA", issue), **about, "quantity": _revised(world, issue, each, mw)}


def _igcpu(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield the units of 100 MW and more; these documents have no revision number."""
    for issue in issues:
        for unit in world.fleet.units:
            if unit.kind in CAPACITY_MW and unit.capacity_mw >= BIGGEST_UNITS_MW:
                yield {
                    "dataset": "IGCPU",
                    "documentId": f"NGET-EMFIP-CONF-{issue.number // 60 % 10**8:08}",
                    "publishTime": stamp(issue.told_s),
                    "effectiveFrom": local(issue.number).date().isoformat(),
                    "psrType": RESOURCES.get(unit.kind, "Other"),
                    "registeredResourceEicCode": f"48W00000{unit.national}",
                    "registeredResourceName": unit.national,
                    "bmUnit": unit.elexon,
                    "voltageLimit": 400.0 if unit.number % 2 else None,
                    "installedCapacity": float(unit.capacity_mw),
                }


def _monthly_cost(code: str, about: Row, after: Row, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield what the month before has cost, in millions of pounds."""
    for issue in issues:
        last = local(issue.number).date().replace(day=1) - timedelta(days=1)
        luck = float(world.luck(code, np.array([issue.number]))[0])
        amount = _revised(world, issue, code, 40 + 90 * luck, decimals=2)
        when = {"year": last.year, "month": MONTHS[last.month - 1], "amount": amount}
        yield {**_head(code, issue), **about, **when, **after}


def _reserves(code: str, member: str, decimals: int, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield what is held ready for the next day, or its price."""
    for issue in issues:
        day = day_after(local(issue.number).date()).isoformat()
        for direction in ("Up", "Down"):
            luck = float(world.luck(f"{code} {direction}", np.array([issue.number]))[0])
            figure = _revised(world, issue, direction, (1 + luck) * (900 if decimals == 0 else 4), decimals=decimals)
            business = {"businessType": "Replacement reserve"} if member == "quantity" else {}
            about = {"psrType": "Generation", "marketAgreementType": "Daily", "flowDirection": direction}
            yield {**_head(code, issue), **business, **about, "settlementDate": day, member: figure}


def _aobe(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        for at, direction in enumerate(("Up", "Down")):
            luck = float(world.luck(f"AOBE {direction}", np.array([issue.number]))[0])
            head = _head("AOBE", issue)
            yield {
                "dataset": head.pop("dataset"),
                "documentId": head.pop("documentId"),
                "timeSeriesId": f"NGET-EMFIP-AOBE-TS-{issue.number // 60 % 10**8:08}{at}",
                **head,
                "flowDirection": direction,
                "quantity": _revised(world, issue, direction, 700 * luck, decimals=3),
                "secondaryQuantity": None if luck < ONE_QUANTITY_SHARE else round(20 * luck, 3),
                **_when(_past(issue)),
            }


def _beb(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        for at in range(4):
            luck = float(world.luck(f"BEB {at}", np.array([issue.number]))[0])
            bid = {
                "bidId": f"{issue.number // 1_800 % 10**6}-{at}",
                "flowDirection": "Up" if at % 2 else "Down",
                "quantity": _revised(world, issue, f"BEB {at}", 60 * luck, decimals=1),
                "energyPrice": round(40 + 80 * luck, 2),
            }
            yield {**_head("BEB", issue), **bid, **_when(_past(issue))}


def _cbs(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        luck = float(world.luck("CBS", np.array([issue.number]))[0]) - 0.5
        period = period_at(_past(issue))
        yield {
            **_head("CBS", issue),
            "flowDirection": "Up" if luck > 0 else "Down",
            "quantity": _revised(world, issue, "CBS", abs(900 * luck), decimals=1),
            "timeFrom": period.start,
            "timeTo": period.end,
            "settlementDate": period.date,
            "settlementPeriod": period.period,
        }


def _pbc(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        for number in _tomorrow(issue).tolist():
            for direction in ("Up", "Down"):
                luck = float(world.luck(f"PBC {direction}", np.array([number]))[0])
                head = _head("PBC", issue)
                yield {
                    "dataset": head.pop("dataset"),
                    "documentId": head.pop("documentId"),
                    "timeSeriesId": f"NGET-EMFIP-PBC-TS-{number:07}{direction[0]}",
                    **head,
                    "flowDirection": direction,
                    "psrType": "Generation",
                    "quantity": _revised(world, issue, direction, 300 + 400 * luck),
                    "procurementPrice": round(2 + 9 * luck, 2),
                    **_when(number),
                }


RowsOfCode = Callable[[World, Sequence[Issue]], Iterator[Row]]


def _document(code: str, rows: RowsOfCode, **timetable: Any) -> Publications:
    return Publications(rows, name=code, revised_share=REVISED_SHARE, **timetable)


MONTHLY: dict[str, Any] = {"times": (13 * HOUR_S + 25 * MINUTE_S + 52,), "day_of_month": 8}

SERIES = {
    "AGPT": _document("AGPT", partial(_by_type, "AGPT", tuple(TYPES)), at_once=48, **_after("AGPT", 119)),
    "AGWS": _document("AGWS", partial(_by_type, "AGWS", WEATHER_TYPES), at_once=48, **_after("AGWS", 118)),
    "ATL": _document("ATL", _atl, at_once=48, **_after("ATL", 85, within_s=10)),
    "DGWS": _document("DGWS", _dgws, times=(7 * HOUR_S + 4,)),
    "DAG": _document("DAG", _dag, times=(16 * HOUR_S + 11,)),
    "DATL": _document("DATL", _datl, times=DAILY),
    "WATL": _document("WATL", _watl, times=DAILY, weekday=THURSDAY),
    "MATL": _document("MATL", _matl, times=(23 * HOUR_S + 10,), weekday=THURSDAY),
    "YATL": _document("YATL", _yatl, times=DAILY, weekday=THURSDAY),
    "YAFM": _document("YAFM", _yafm, **MONTHLY),
    "IGCA": _document("IGCA", _igca, **MONTHLY),
    "IGCPU": Publications(_igcpu, **MONTHLY),
    "CCM": _document("CCM", partial(_monthly_cost, "CCM", {"businessType": "Congestion costs"}, {}), **MONTHLY),
    "FEIB": _document(
        "FEIB", partial(_monthly_cost, "FEIB", {"status": "Intermediate"}, {"priceDirection": "Expenditure"}), **MONTHLY
    ),
    "ABUC": _document("ABUC", partial(_reserves, "ABUC", "quantity", 0), times=(7 * HOUR_S + 43 * MINUTE_S + 4,)),
    "PPBR": _document("PPBR", partial(_reserves, "PPBR", "amount", 2), times=(7 * HOUR_S + 44 * MINUTE_S + 9,)),
    "AOBE": _document("AOBE", _aobe, **_after("AOBE", 31)),
    "BEB": _document("BEB", _beb, **_after("BEB", 31)),
    "CBS": _document("CBS", _cbs, **_after("CBS", 16)),
    "PBC": _document("PBC", _pbc, times=(14 * HOUR_S + 2,), at_once=1),
}
