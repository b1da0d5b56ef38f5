"""Elexon's Insights API: what it answers at an instant, from the simulated grid, from recordings or from files."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from include.simulator.elexon import (
    PATH,
    drift,
    incidents,
    known_days,
    openapi,
    prepared,
    prices,
    problems,
    reference,
    spelling,
    status,
)
from include.simulator.elexon.asking import Asked, asked_by, days_asked, latest_of
from include.simulator.elexon.catalogue import Dataset, catalogue
from include.simulator.elexon.faults import FAULTS, WRONG_WINDOW, RowsFault
from include.simulator.elexon.holdings import Holdings, series_of
from include.simulator.elexon.problems import NotFoundError, RefusedError
from include.simulator.elexon.reading import read
from include.simulator.elexon.recorded import Recordings
from include.simulator.elexon.rows import Envelope, Row, in_pieces, sourced
from include.simulator.elexon.settlement import seconds_of
from include.simulator.elexon.world import World
from include.simulator.faults import Fault
from include.simulator.publisher import Publisher
from include.simulator.reply import Reply, Request
from include.simulator.state import State, StateError
from include.simulator.weather import EPOCH, as_numpy

OPENAPI_PATH = "/swagger/v1/swagger.json"
HEADERS = {"Content-Type": "application/json; charset=utf-8"}
HEALTHY = b"2"
# The plain routes that name their metadata, though there are none.
WITH_NULL_METADATA = ("FUELHH", "FUELINST")
# Whose last update is told to whoever steers.
TOLD_OF = ("FUELINST", "FUELHH", "PN", "FREQ")

ROUTES = {
    "metadata": re.compile(r"/datasets/metadata/latest"),
    "dataset": re.compile(r"/datasets/(?P<code>[\w-]+)(?P<stream>/stream)?"),
    "system_prices": re.compile(
        r"/balancing/settlement/system-prices/(?P<settlementDate>[^/]+)(/(?P<settlementPeriod>[^/]+))?"
    ),
    "reference": re.compile(r"/reference/(?P<what>bmunits|interconnectors)/all"),
    "data_status": re.compile(r"/data-status/(?P<code>\w+)"),
    "health": re.compile(r"/health"),
}
KINDS = ("metadata", "openapi", "system_prices", "reference", "data_status", "health")

Found: TypeAlias = dict[str, str]
# Rows, and the body they are to stand in.
Told: TypeAlias = tuple[Iterable[Row], Callable[[Iterable[Row]], bytes]]


@dataclass(frozen=True)
class ApiState(State):
    """What can be set of the API."""

    start: datetime = datetime(2016, 1, 1, tzinfo=UTC)
    units: int = 100  # BM units; there are about 2,500
    recorded: tuple[str, ...] = ()  # files that are served instead, each for the datasets it tells of
    prepared: str | None = None  # a folder of days that streams send as they are
    new_fields: tuple[str, ...] = ()  # CODE.member
    new_codes: tuple[str, ...] = ()
    gone_codes: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()  # KIND START MINUTES [CODE]: what goes wrong with FUELINST and FUELHH
    known_days: datetime | None = None  # when the days begin whose demand is known beforehand, by a formula


class Elexon(Publisher[ApiState]):
    """82 datasets, system prices, reference data, and what tells of them."""

    title = "Elexon's Insights API (BMRS)"
    paths = (PATH, "/swagger")
    faults = FAULTS
    kinds = (*(code.lower() for code in catalogue()), *KINDS)

    def __init__(self, state: ApiState) -> None:
        super().__init__(state)
        self._recordings: tuple[tuple[str, ...], Recordings] = ((), Recordings())

    @classmethod
    def standard_state(cls) -> ApiState:
        return ApiState()

    def action_of(self, request: Request) -> str:
        """Return the dataset, or what else is asked for."""
        name, found = _routed(request)
        return found["code"].lower().replace("_", "-") if name == "dataset" else name

    def kind_of(self, action: str) -> str | None:
        return action

    def reply(self, request: Request, faults: list[Fault]) -> Reply:
        try:
            return self._answer(request, faults)
        except NotFoundError:
            return problems.problem(404, problems.TITLES[404])
        except RefusedError as error:
            return problems.refused(error)

    def error(self, status: int, message: str) -> Reply:
        return problems.problem(status, message)

    def prepare(self) -> None:
        """Read the recorded files, and check the rest. Raises StateError."""
        if as_numpy(self.state.start) < EPOCH:
            raise StateError("the history begins in 2009 at the earliest")
        if self.state.units < 1:
            raise StateError("there is at least one BM unit")
        if self.state.prepared is not None and not Path(self.state.prepared).is_dir():
            raise StateError(f"{self.state.prepared} is no folder of prepared days")
        self._holdings()

    def published(self) -> dict[str, object]:
        """Return when the datasets that are most asked for were updated last."""
        holdings = self._holdings()
        return {"updated": {code: holdings.source(code).updated() for code in TOLD_OF}}

    def _holdings(self) -> Holdings:
        state = self.state
        begin_s = None if state.known_days is None else seconds_of(state.known_days)
        world = World(
            *(state.seed, seconds_of(self.clock()), state.units, incidents.read(state.incidents)),
            known_from=known_days.first_half_hour(begin_s),
        )
        datasets = drift.drifted(catalogue(), state.new_codes, state.gone_codes, state.new_fields)
        folder = None if state.prepared is None else Path(state.prepared)
        return Holdings(world, seconds_of(state.start), datasets, self._recorded(), folder, state.new_fields)

    def _recorded(self) -> Recordings:
        paths = self.state.recorded
        with self.lock:
            if self._recordings[0] != paths:
                self._recordings = (paths, read(Path(path) for path in paths))
            return self._recordings[1]

    def _answer(self, request: Request, faults: list[Fault]) -> Reply:
        name, found = _routed(request)
        holdings = self._holdings()
        if name == "dataset":
            return self._dataset(found, request, faults, holdings)
        if name == "health":
            return _body(HEALTHY)
        if name == "openapi":
            return _body(json.dumps(openapi.document(holdings.datasets.values(), status.LISTED)).encode())
        rows, body = self._told(name, found, request, holdings)
        return _body(body(self._spoilt(rows, faults)))

    def _dataset(self, found: Found, request: Request, faults: list[Fault], holdings: Holdings) -> Reply:
        code, is_stream = found["code"].upper(), "stream" in found
        dataset = holdings.datasets.get(code)
        if dataset is None or (is_stream and dataset.stream is None):
            raise NotFoundError(code)
        asked = _asked(request, dataset, faults, is_stream=is_stream)
        files = _prepared(holdings, code, asked) if is_stream else []
        if files and not _spoil_rows(faults):
            return Reply(200, b"", dict(HEADERS), pieces=prepared.array_of(files))
        rows = self._spoilt(prepared.rows_of(files) if files else holdings.rows(code, asked), faults)
        if is_stream:
            return Reply(200, b"", dict(HEADERS), pieces=in_pieces(rows))
        envelope = Envelope.DATA_AFTER_NOTHING if code in WITH_NULL_METADATA else Envelope.DATA
        return _body(envelope.body(rows))

    def _spoilt(self, rows: Iterable[Row], faults: list[Fault]) -> Iterable[Row]:
        """Return the rows as the faults leave them; where there are none, as they come."""
        for fault in _spoil_rows(faults):
            listed = list(rows)
            rows = fault.on_rows(listed, self.circumstances()) if listed and fault.on_rows else listed
        return rows

    def _told(self, name: str, found: Found, request: Request, holdings: Holdings) -> Told:
        """Return what any other route tells. Raises NotFoundError and RefusedError."""
        if name == "metadata":
            names = drift.listed(reference.LISTED, self.state.new_codes, self.state.gone_codes)
            return holdings.updated(names), Envelope.DATA.body
        if name == "system_prices":
            day = spelling.day(found, "settlementDate")
            period = spelling.period(found, "settlementPeriod") if "settlementPeriod" in found else None
            return holdings.prices(day, period), lambda rows: sourced([prices.SOURCE], rows)
        if name == "reference":
            is_units = found["what"] == "bmunits"
            return holdings.bm_units() if is_units else reference.interconnectors(), Envelope.ARRAY.body
        if name == "data_status" and found["code"].upper() in status.LISTED:
            code = found["code"].upper()
            return holdings.counts(code, days_asked(request)), lambda rows: sourced([code], rows)
        raise NotFoundError(request.path)


def _routed(request: Request) -> tuple[str, Found]:
    """Return which route a path is of, with what stands in it."""
    if request.path == OPENAPI_PATH:
        return "openapi", {}
    path = request.path.removeprefix(PATH).rstrip("/")
    for name, pattern in ROUTES.items():
        if found := pattern.fullmatch(path):
            return name, {each: text for each, text in found.groupdict().items() if text is not None}
    return "unknown", {}


def _asked(request: Request, dataset: Dataset, faults: list[Fault], *, is_stream: bool) -> Asked:
    if any(fault.name == WRONG_WINDOW for fault in faults):
        return latest_of(request, dataset, is_stream=is_stream)
    return asked_by(request, dataset, series_of(dataset.code), is_stream=is_stream)


def _prepared(holdings: Holdings, code: str, asked: Asked) -> list[Path]:
    """Return the files that hold what is asked for; none where it is not whole days, or only some of their rows."""
    if holdings.prepared is None or asked.window is None or asked.wanted:
        return []
    return prepared.files_of(holdings.prepared, code, asked.window.span)


def _spoil_rows(faults: list[Fault]) -> list[RowsFault]:
    return [fault for fault in faults if isinstance(fault, RowsFault) and fault.on_rows]


def _body(body: bytes) -> Reply:
    return Reply(200, body, dict(HEADERS))


PUBLISHER = Elexon
