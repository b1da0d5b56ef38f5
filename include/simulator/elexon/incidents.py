"""Incidents of what is told of generation, in FUELINST and FUELHH: of the publication, not of the grid.

Each is written as KIND START MINUTES [CODE], on whole five minutes, as snapshots are. It strikes the snapshots that
begin within it, and the half-hours that have such.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.simulator.elexon.codes import CABLES_MW, SINCE_S, is_cable
from include.simulator.elexon.settlement import HOUR_S, seconds_of, stamp
from include.simulator.state import StateError, instant
from include.simulator.weather import Floats

SNAPSHOT_S = 300

FAILOVER, OVER_CAPACITY, LATE, DOUBLED = "failover", "over-capacity", "late", "doubled"
UNKNOWN_FUEL, NEW_CABLE = "unknown-fuel", "new-cable"
KINDS = (FAILOVER, OVER_CAPACITY, LATE, DOUBLED, UNKNOWN_FUEL, NEW_CABLE)
# The codes that newcomers have where none is named.
NEWCOMERS = {UNKNOWN_FUEL: "FUSION", NEW_CABLE: "INTNEU"}

FAILOVER_LATE_S, LATE_S = 2 * HOUR_S, 3 * HOUR_S
OVER_CAPACITY_TIMES = 1.7
UNKNOWN_FUEL_MW, NEW_CABLE_MW = 120, 700
# A new cable turns from import to export and back within so long, or within its time.
TURN_S = 6 * HOUR_S
DOUBLED_AFTER_S, DOUBLED_MORE_MW = SNAPSHOT_S, 4

Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Incident:
    """What goes wrong from one instant to before another."""

    kind: str
    begin_s: int
    end_s: int
    code: str = ""  # of the fuel or cable that it is about, where it is about one

    def strikes(self, begun_s: Instants, lasting_s: int) -> Flags:
        """Tell which of the snapshots or half-hours that begin then have some of it."""
        struck: Flags = (begun_s < self.end_s) & (begun_s + lasting_s > self.begin_s)
        return struck

    def reads_mw(self, begun_s: Instants) -> Floats:
        """Return what its code reads in snapshots."""
        if self.kind == OVER_CAPACITY:
            return np.full(len(begun_s), round(OVER_CAPACITY_TIMES * CABLES_MW[self.code]), dtype=float)
        if self.kind == UNKNOWN_FUEL:
            return np.full(len(begun_s), UNKNOWN_FUEL_MW, dtype=float)
        turns = (begun_s + SNAPSHOT_S / 2 - self.begin_s) / min(TURN_S, self.end_s - self.begin_s)
        flow: Floats = np.rint(NEW_CABLE_MW * np.sin(2 * np.pi * turns))
        return flow


def read(texts: Iterable[str]) -> tuple[Incident, ...]:
    """Return incidents as they are written. Raises StateError."""
    return tuple(map(_incident, texts))


def _incident(text: str) -> Incident:
    match text.split():
        case [kind, start, minutes, *codes] if kind in KINDS and len(codes) <= 1:
            begin_s, lasting_s = seconds_of(instant(start)), _lasting_s(minutes)
        case _:
            raise StateError(f"{text!r} is no incident: KIND START MINUTES [CODE], of the kinds {', '.join(KINDS)}")
    if begin_s % SNAPSHOT_S or lasting_s % SNAPSHOT_S:
        raise StateError(f"{text!r}: START and MINUTES are multiples of five minutes")
    incident = Incident(kind, begin_s, begin_s + lasting_s, "".join(codes) or NEWCOMERS.get(kind, ""))
    _check_code(incident)
    return incident


def _lasting_s(minutes: str) -> int:
    if not minutes.isdecimal() or int(minutes) == 0:
        raise StateError(f"an incident's MINUTES are a number such as 30, not {minutes!r}")
    return int(minutes) * 60


def _check_code(incident: Incident) -> None:
    kind, code = incident.kind, incident.code
    if kind == OVER_CAPACITY:
        _check_cable(incident)
    elif kind not in NEWCOMERS:
        if code:
            raise StateError(f"{kind} strikes all codes, and names none such as {code!r}")
    elif code in SINCE_S:
        raise StateError(f"{kind} has a code that is new, such as {NEWCOMERS[kind]}; {code} is known")
    elif is_cable(code) != (kind == NEW_CABLE):
        raise StateError(f"{kind} has a code such as {NEWCOMERS[kind]}, not {code!r}: those of cables begin with INT")


def _check_cable(incident: Incident) -> None:
    if incident.code not in CABLES_MW:
        raise StateError(f"{incident.kind} names one of the cables {', '.join(CABLES_MW)}, not {incident.code!r}")
    if incident.begin_s < SINCE_S[incident.code]:
        raise StateError(f"{incident.code} is told of from {stamp(SINCE_S[incident.code])} on, and not before")


# Failures of the system operator's systems that there were.
ON_RECORD = read(
    (
        "failover 2022-03-17T10:35 70",
        "failover 2023-09-28T09:45 135",
        "failover 2025-03-11T10:30 80",
        "failover 2025-07-10T10:30 60",
        "failover 2025-11-27T10:00 60",
    )
)


def struck_by(incidents: Iterable[Incident], begun_s: Instants, lasting_s: int, *kinds: str) -> Flags:
    """Tell which of the snapshots or half-hours that begin then have some of an incident of these kinds."""
    struck = np.zeros(len(begun_s), dtype=bool)
    for incident in incidents:
        if incident.kind in kinds:
            struck |= incident.strikes(begun_s, lasting_s)
    return struck


def misread_mw(incidents: Sequence[Incident], mw: Mapping[str, Floats], begun_s: Instants) -> dict[str, Floats]:
    """Return MW by code of snapshots, as they read under incidents; a newcomer's are 0 where it is not there."""
    told = dict(mw)
    for incident in incidents:
        if incident.code:
            is_struck, otherwise = incident.strikes(begun_s, SNAPSHOT_S), told.get(incident.code, 0.0)
            told[incident.code] = np.where(is_struck, incident.reads_mw(begun_s), otherwise)
    is_failover = struck_by(incidents, begun_s, SNAPSHOT_S, FAILOVER)
    return {code: each if is_cable(code) else np.where(is_failover, 0, each) for code, each in told.items()}


def codes_at(incidents: Iterable[Incident], begin_s: int, end_s: int) -> set[str]:
    """Return the codes that incidents of a snapshot or half-hour are about, be they new or known."""
    return {each.code for each in incidents if each.code and each.begin_s < end_s and begin_s < each.end_s}


def late_s(incidents: Sequence[Incident], begun_s: Instants, lasting_s: int, otherwise_s: Instants) -> Instants:
    """Return by how much snapshots or half-hours are late."""
    is_failover = struck_by(incidents, begun_s, lasting_s, FAILOVER)
    late = np.where(is_failover, np.maximum(otherwise_s, FAILOVER_LATE_S), otherwise_s)
    return np.where(struck_by(incidents, begun_s, lasting_s, LATE), LATE_S, late)


def told_again_s(
    incidents: Sequence[Incident], begun_s: Instants, lasting_s: int, first_s: Instants, otherwise_s: Instants
) -> Instants:
    """Return when snapshots or half-hours are told anew; 0 where they are not."""
    # A figure that is told anew by chance would hide what was planted.
    is_told_once = struck_by(incidents, begun_s, lasting_s, FAILOVER, LATE)
    is_doubled = struck_by(incidents, begun_s, lasting_s, DOUBLED)
    return np.where(is_doubled, first_s + DOUBLED_AFTER_S, np.where(is_told_once, 0, otherwise_s))
