"""REMIT: what each unit cannot give and why, told anew as it is known better."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Series, Span
from include.simulator.elexon.settlement import DAY_S, EPOCH_S, HOUR_S, stamp
from include.simulator.elexon.units import PARTIES, Unit
from include.simulator.elexon.world import Numbers, World, numbers_between

EVENTS_AN_HOUR = 3
MOST_REVISIONS = 4
HOURS_BETWEEN_REVISIONS = 40
LONGEST_LIFE_H = MOST_REVISIONS * HOURS_BETWEEN_REVISIONS
PLANNED_SHARE, MOST_DAYS_AHEAD, MOST_HOURS = 0.4, 40, 300
FUELS = {
    "WIND": "Wind Offshore", "CCGT": "Fossil Gas", "NUCLEAR": "Nuclear", "BIOMASS": "Biomass",
    "COAL": "Fossil Hard coal", "PS": "Hydro Pumped Storage", "NPSHYD": "Hydro Water Reservoir", "OIL": "Fossil Oil",
    "OCGT": "Fossil Gas",
}  # fmt: skip
CAUSES = ("Ambient Conditions", "Planned Maintenance", "Turbine/Generator", "Transmission", "Other")
# Members without a value are left out here, and nowhere else: these, of most messages.
OFTEN_LEFT_OUT, LEFT_OUT_SHARE = ("affectedArea", "durationUncertainty"), 0.8


@dataclass(frozen=True)
class Unavailabilities(Series):
    """Messages by the hour in which they are told; each is of an event, and has its revision of it."""

    at_once: int = 24

    def issues(self, world: World, span: Span) -> list[Issue]:
        numbers = numbers_between(span.begin_s - HOUR_S, min(span.end_s, world.clock_s), every_s=HOUR_S)
        return [Issue(number, EPOCH_S + number * HOUR_S) for number in numbers[::-1].tolist()]

    def rows(self, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        hours = [issue.number for issue in issues]
        first = (min(hours) - LONGEST_LIFE_H) * EVENTS_AN_HOUR
        events = np.arange(first, (max(hours) + 1) * EVENTS_AN_HOUR)
        told, revisions = _told_in(world, events)
        happens = (np.arange(MOST_REVISIONS) < revisions[:, None]) & np.isin(told, hours)
        found = [(int(told[at, nth]), first + at, nth + 1) for at, nth in np.argwhere(happens).tolist()]
        for hour, event, revision in sorted(found, reverse=True):
            yield _message(world, hour, event, revision, is_last=revision == revisions[event - first])


def _told_in(world: World, events: Numbers) -> tuple[Numbers, Numbers]:
    """Return the hour of each revision of each event, and how many revisions it has."""
    draws = events[:, None] * MOST_REVISIONS + np.arange(MOST_REVISIONS)
    gaps = 1 + (world.luck("REMIT revised", draws) * (HOURS_BETWEEN_REVISIONS - 1)).astype(np.int64)
    gaps[:, 0] = 0
    told: Numbers = events[:, None] // EVENTS_AN_HOUR + np.cumsum(gaps, axis=1)
    return told, 1 + (world.luck("REMIT revisions", events) * MOST_REVISIONS).astype(np.int64)


def _message(world: World, hour: int, event: int, revision: int, *, is_last: bool) -> Row:
    luck = float(world.luck("REMIT event", np.array([event]))[0])
    generators = [unit for unit in world.fleet.units if unit.kind in FUELS] or list(world.fleet.units)
    unit = generators[event % len(generators)]
    is_planned = luck < PLANNED_SHARE
    published_s = EPOCH_S + hour * HOUR_S + int(luck * (HOUR_S - 1))
    row = {
        "dataset": "REMIT",
        "mrid": f"{_registration(unit)}-NGET-RMT-{event % 10**8:08}",
        "revisionNumber": revision,
        "publishTime": stamp(published_s),
        "createdTime": stamp(published_s - 500),
        "messageType": "UnavailabilitiesOfElectricityFacilities",
        "messageHeading": f"{'Planned Unavailability' if is_planned else 'Actual Availability'} of Generation Unit",
        "eventType": "Production unavailability",
        "unavailabilityType": "Planned" if is_planned else "Unplanned",
        **_asset(unit),
        **_outage(unit, event, revision, luck, status="Inactive" if is_last and revision > 1 else "Active"),
    }
    left_out = OFTEN_LEFT_OUT if luck < LEFT_OUT_SHARE else ()
    return {name: value for name, value in row.items() if name not in left_out}


def _registration(unit: Unit) -> str:
    return f"48X00000000{unit.number:04}E"


def _asset(unit: Unit) -> Row:
    return {
        "participantId": PARTIES[unit.number % len(PARTIES)][1],
        "registrationCode": _registration(unit),
        "assetId": unit.elexon,
        "assetType": "Production",
        "affectedUnit": unit.national,
        "affectedUnitEIC": f"48W0000{unit.national}",
        "affectedArea": "N",
        "biddingZone": "10YGB----------A",
        "fuelType": FUELS.get(unit.kind, "Other"),
    }


def _outage(unit: Unit, event: int, revision: int, luck: float, *, status: str) -> Row:
    """Return what is left of a unit and for how long; with every revision it lasts longer."""
    ahead_s = int(luck * MOST_DAYS_AHEAD) * DAY_S if luck < PLANNED_SHARE else 0
    begin_s = EPOCH_S + event // EVENTS_AN_HOUR * HOUR_S + ahead_s
    end_s = begin_s + (1 + int(luck * MOST_HOURS) + 3 * revision) * HOUR_S
    begin, middle, end = (stamp(each) for each in (begin_s, (begin_s + end_s) // 2, end_s))
    normal, left = float(unit.capacity_mw), float(round(unit.capacity_mw * luck * 0.6))
    return {
        "normalCapacity": normal,
        "availableCapacity": left,
        "unavailableCapacity": normal - left,
        "eventStatus": status,
        "eventStartTime": begin,
        "eventEndTime": end,
        "durationUncertainty": "+- 1 day",
        "cause": CAUSES[int(luck * 1_000) % len(CAUSES)],
        "relatedInformation": f"Estimated end changed to {end}",
        "outageProfile": [
            {"startTime": begin, "endTime": middle, "capacity": left},
            {"startTime": middle, "endTime": end, "capacity": left / 2},
        ],
    }


SERIES: dict[str, Series] = {"REMIT": Unavailabilities()}
