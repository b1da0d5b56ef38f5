"""The Carbon Intensity API: what it answers at an instant, from the simulated grid or from recorded answers."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from include.simulator.carbon_intensity import PATH, spelling
from include.simulator.carbon_intensity.asking import Asked, Family, PathError, RefusedError, asked_by
from include.simulator.carbon_intensity.factors import FACTORS
from include.simulator.carbon_intensity.faults import FAULTS, RecordsFault
from include.simulator.carbon_intensity.mixes import generation, regional
from include.simulator.carbon_intensity.national import national
from include.simulator.carbon_intensity.outlook import Outlook, Span
from include.simulator.carbon_intensity.recorded import Recordings
from include.simulator.carbon_intensity.records import Record, stamp
from include.simulator.faults import Fault
from include.simulator.publisher import Publisher
from include.simulator.reply import Reply, Request
from include.simulator.state import State, StateError
from include.simulator.weather import EPOCH, HALF_HOUR, as_numpy, number_of

INTERNAL_ERROR = 500
# The API says so with status 500 too.
NOT_FOUND = "Requested resource not found."
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

RECORDS = {Family.NATIONAL: national, Family.GENERATION: generation, Family.REGIONAL: regional}


@dataclass(frozen=True)
class ApiState(State):
    """What can be set of the API."""

    start: datetime = datetime(2017, 9, 1, tzinfo=UTC)
    recorded: tuple[str, ...] = ()  # files that are served instead, each for what it holds


class CarbonIntensity(Publisher[ApiState]):
    """Great Britain's intensity, mix and regions."""

    title = "The Carbon Intensity API of Great Britain"
    paths = (PATH,)
    faults = FAULTS
    kinds = tuple(family.name.lower() for family in Family)

    def __init__(self, state: ApiState) -> None:
        super().__init__(state)
        self._recordings: tuple[tuple[str, ...], Recordings] = ((), Recordings({}))

    @classmethod
    def standard_state(cls) -> ApiState:
        return ApiState()

    def action_of(self, request: Request) -> str:
        """Return the family that is asked for; what makes no sense is of the family its path begins with."""
        path = request.path.removeprefix(PATH)
        families = sorted(Family, key=lambda family: -len(family.value))
        return next((family.name.lower() for family in families if path.startswith(family.value)), "unknown")

    def kind_of(self, action: str) -> str | None:
        return action

    def reply(self, request: Request, faults: list[Fault]) -> Reply:
        try:
            asked = asked_by(request.path.removeprefix(PATH))
        except PathError:
            return self.error(404, NOT_FOUND)
        except RefusedError as error:
            return self.error(400, str(error))
        records = [dict(FACTORS)] if asked.family is Family.FACTORS else self._records(asked)
        for fault in faults:
            if isinstance(fault, RecordsFault) and fault.on_records and records:
                records = fault.on_records(records, self.circumstances())
        return _spelt(asked, records)

    def error(self, status: int, message: str) -> Reply:
        return spelling.error(status, NOT_FOUND if status == INTERNAL_ERROR else message)

    def prepare(self) -> None:
        """Read the recorded files. Raises StateError."""
        if as_numpy(self.state.start) < EPOCH:
            raise StateError("the history begins in 2009 at the earliest")
        self._recorded()

    def published(self) -> dict[str, object]:
        """Return the end of the half-hour that ended last, and of the last that is foreseen."""
        outlook = Outlook(self.state.seed, self.clock())
        ends = {"ended_at": outlook.running, "forecast_until": outlook.forecast_end}
        return {name: stamp(EPOCH + number * HALF_HOUR) for name, number in ends.items()}

    def _recorded(self) -> Recordings:
        paths = self.state.recorded
        with self.lock:
            if self._recordings[0] != paths:
                self._recordings = (paths, Recordings.read(Path(path) for path in paths))
            return self._recordings[1]

    def _records(self, asked: Asked) -> list[Record]:
        """Return what is known of the half-hours asked for; where none are named, of the one that ended last."""
        clock = self.clock()
        recorded = self._recorded()
        if asked.family in recorded.half_hours:
            known = recorded.records(asked.family, asked.begin or LONG_AGO, asked.end or clock, clock)
            return known if asked.begin else known[-1:]
        outlook = Outlook(self.state.seed, clock)
        span = _span_of(asked, outlook)
        first = max(span.first, number_of(as_numpy(self.state.start)))
        return RECORDS[asked.family](outlook, replace(span, first=first))


def _span_of(asked: Asked, outlook: Outlook) -> Span:
    """Return the half-hours that an answer holds at most; the mix of a year ends with it."""
    if asked.begin is None or asked.end is None:
        return Span(outlook.running - 1, outlook.running)
    span = _ending_within(asked.begin, asked.end)
    if asked.family is not Family.GENERATION:
        return span
    return span.before(number_of(np.datetime64(str(asked.begin.year + 1), "s")))


def _ending_within(begin: datetime, end: datetime) -> Span:
    """Return the half-hours that end from `begin` on and no later than `end`."""
    before_begin = as_numpy(begin) - np.timedelta64(1, "s")
    return Span(number_of(before_begin), number_of(as_numpy(end)))


def _spelt(asked: Asked, records: list[Record]) -> Reply:
    """Return the body: an array, but for the running mix; two current answers are pretty-printed."""
    if asked.begin is not None or (asked.family is not Family.GENERATION and len(records) != 1):
        return spelling.compact(records)
    if asked.family is Family.GENERATION:
        return spelling.compact(records[0] if records else {})
    return spelling.pretty(records[0])


PUBLISHER = CarbonIntensity
