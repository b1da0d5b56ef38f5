"""NESO's data portal: what it has published by its clock, and how that is asked for."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include.simulator.faults import Fault
from include.simulator.neso import PATH
from include.simulator.neso.actions import DOWNLOAD_PATH, perform
from include.simulator.neso.columns import FILE_NAME
from include.simulator.neso.datastore import Datastore
from include.simulator.neso.download import csv_chunks
from include.simulator.neso.envelope import error_reply
from include.simulator.neso.faults import FAULTS, PortalFault
from include.simulator.neso.recorded import RecordedCopies, RecordedCopyError
from include.simulator.neso.table import Edition, as_stored
from include.simulator.neso.vintages import SimulatedHistory, publication_at
from include.simulator.publisher import Publisher
from include.simulator.reply import Reply, Request
from include.simulator.state import State, StateError
from include.simulator.weather import EPOCH, as_numpy

# Tables kept ready in memory, about 100 MB each for the whole history: the sound one and a spoilt one.
DATASTORES_KEPT = 2

# A generated history reaches this much beyond the clock, so that an hour's tick needs no new one.
AHEAD = timedelta(days=2)

FILE_PATH = f"/presigned/{FILE_NAME}"


@dataclass(frozen=True)
class PortalState(State):
    """What can be set of the portal. Row faults strike a day before the newest half-hour where none is named."""

    fault_on: str = "datastore"
    csv: tuple[str, ...] = ()  # recorded copies, or a change log
    as_of: datetime | None = None  # None: the last capture


class Neso(Publisher[PortalState]):
    """The portal with one resource, the generation mix."""

    title = "NESO's data portal"
    paths = (PATH, "/dataset", "/presigned")
    faults = FAULTS
    kinds = ("datastore", "resource", "download")

    def __init__(self, state: PortalState) -> None:
        super().__init__(state)
        self._history: SimulatedHistory | None = None
        self._recorded: tuple[tuple[str, ...], RecordedCopies] | None = None
        self._edition: tuple[object, Edition] | None = None
        self._datastores: OrderedDict[object, Datastore] = OrderedDict()
        self._moved = 0

    @classmethod
    def standard_state(cls) -> PortalState:
        return PortalState()

    def action_of(self, request: Request) -> str:
        if request.path == DOWNLOAD_PATH:
            return "download"
        return request.path.removeprefix(f"{PATH}/")

    def kind_of(self, action: str) -> str | None:
        if action == FILE_PATH:
            return None
        if action == "download":
            return action
        return "datastore" if action.startswith("datastore") else "resource"

    def reply(self, request: Request, faults: list[Fault]) -> Reply:
        """Answer an action; or lead to the file, as the portal does, and send it."""
        if request.path == FILE_PATH:
            return Reply(
                200, b"", {"Content-Type": "application/octet-stream"}, pieces=csv_chunks(self.edition().table)
            )
        if request.path == DOWNLOAD_PATH:
            return Reply(302, b"", {"Location": f"{request.server_url}{FILE_PATH}?X-Amz-Expires=3600"})
        action = self.action_of(request)
        reply = perform(action, request.parameters, self, faults, request.server_url)
        if self.kind_of(action) == "datastore" and any(fault.name == "moving" for fault in faults):
            self._move()
        return reply

    def error(self, status: int, message: str) -> Reply:
        kinds = {429: "Too Many Requests", 500: "Internal Server Error"}
        return error_reply(status, kinds[status], {"message": message})

    def prepare(self) -> None:
        """Make the table ready. Raises StateError."""
        self.edition()

    def published(self) -> dict[str, object]:
        """Return when the resource was modified, its rows, its newest half-hour, and the captures of a change log."""
        table = self.edition().table
        told: dict[str, object] = {"last_modified": self.last_modified(), "rows": len(table)}
        told["newest_half_hour"] = str(table.started_at.max()) + "Z"
        return told | {"captures": self._captures()}

    def edition(self) -> Edition:
        """Return what is published now. Raises StateError."""
        if self.state.as_of is not None and not self.state.csv:
            raise StateError("as_of needs a change log to look into: give csv too")
        with self.lock:
            key = self._edition_key()
            if self._edition is None or self._edition[0] != key:
                self._edition = (key, self._recorded_edition() if self.state.csv else self._simulated_edition())
            return self._edition[1]

    def last_modified(self) -> str:
        """Return when the resource was last modified, as CKAN writes it: naive text, UTC."""
        published_at = self.edition().published_at + timedelta(seconds=self._moved)
        return published_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

    def datastore(self, faults: list[Fault]) -> Datastore:
        """Return the database as these faults leave it; kept ready for the next request."""
        spoilers = [fault for fault in faults if isinstance(fault, PortalFault) and fault.on_table]
        with self.lock:
            key = (self._edition_key(), tuple(fault.name for fault in spoilers), self.state.fault_at)
            if key not in self._datastores:
                self._datastores[key] = self._spoilt_datastore(spoilers)
            self._datastores.move_to_end(key)
            while len(self._datastores) > DATASTORES_KEPT:
                self._datastores.popitem(last=False)
            return self._datastores[key]

    def _move(self) -> None:
        """Let last_modified move on by a second, with nothing else changed."""
        with self.lock:
            self._moved += 1

    def _captures(self) -> list[datetime]:
        """Return the instants of all captures of a change log, oldest first."""
        with self.lock:
            return self._copies().captures() if self.state.csv else []

    def _spoilt_datastore(self, spoilers: list[PortalFault]) -> Datastore:
        table = self.edition().table
        for fault in spoilers:
            table = fault.on_table(table, self.circumstances()) if fault.on_table else table
        return Datastore(as_stored(table))

    def _edition_key(self) -> object:
        state = self.state
        if state.csv:
            return (state.csv, state.as_of, state.now)
        return (state.seed, state.start, publication_at(self.clock(), state.seed))

    def _recorded_edition(self) -> Edition:
        try:
            return self._copies().edition_at(self.state.as_of or self.state.now)
        except RecordedCopyError as error:
            raise StateError(str(error)) from error

    def _copies(self) -> RecordedCopies:
        paths = self.state.csv
        if self._recorded is None or self._recorded[0] != paths:
            try:
                self._recorded = (paths, RecordedCopies.read(Path(path) for path in paths))
            except RecordedCopyError as error:
                raise StateError(str(error)) from error
        return self._recorded[1]

    def _simulated_edition(self) -> Edition:
        state, clock = self.state, self.clock()
        first = as_numpy(state.start)
        if clock < state.start + timedelta(hours=3) or first < EPOCH:
            raise StateError("the history begins in 2009 at the earliest, and at least three hours before the clock")
        history = self._history
        if history is None or (history.seed, history.first) != (state.seed, first) or not history.knows(clock):
            history = self._history = SimulatedHistory.until(clock + AHEAD, seed=state.seed, first=first)
        return history.edition_at(clock)


PUBLISHER = Neso
