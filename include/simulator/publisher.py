"""The publisher itself: its clock, what it has published by then, and what goes wrong with it.

Its state may be changed while it serves, so that a test can replay one publication after another.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include.simulator.datastore import Datastore
from include.simulator.faults import FAULTS, Circumstances, Fault
from include.simulator.recorded import RecordedCopies, RecordedCopyError
from include.simulator.table import Edition, as_stored
from include.simulator.vintages import SimulatedHistory, as_numpy, publication_at
from include.simulator.weather import EPOCH

# Tables kept ready in memory, about 100 MB each for the whole history: the sound one and a spoilt one.
DATASTORES_KEPT = 2

# A generated history reaches this much beyond the clock, so that an hour's tick needs no new one.
AHEAD = timedelta(days=2)

STRUCK_REQUESTS = ("datastore", "resource", "download", "all")


class StateError(Exception):
    """The state asked for makes no sense; the message says what to do."""


@dataclass(frozen=True)
class State:
    """Everything that can be set, at the start and while serving. Instants are UTC."""

    seed: int = 0
    start: datetime = datetime(2009, 1, 1, tzinfo=UTC)
    now: datetime | None = None  # None: the real clock
    csv: tuple[str, ...] = ()
    as_of: datetime | None = None  # None: the last capture
    fault: tuple[str, ...] = ()
    fault_times: int | None = None  # None: lasting
    fault_on: str = "datastore"
    fault_at: datetime | None = None  # None: a day before the newest half-hour
    slow_seconds: float = 30.0
    retry_after: str = "1"

    def changed(self, wanted: dict[str, Any]) -> "State":
        """Return the state with these settings, given as JSON has them; null is the default. Raises StateError."""
        unknown = sorted(set(wanted) - {field.name for field in fields(self)})
        if unknown:
            raise StateError(f"no such setting: {', '.join(unknown)}")
        standard = State()
        parsed = {name: _parsed(name, value) for name, value in wanted.items() if value is not None}
        state = replace(self, **{name: parsed.get(name, getattr(standard, name)) for name in wanted})
        state.check()
        return state

    def check(self) -> None:
        """Raise StateError for what cannot be played."""
        for name in self.fault:
            if name not in FAULTS:
                raise StateError(f"no fault is called {name!r}; there are {', '.join(FAULTS)}")
        if self.fault_on not in STRUCK_REQUESTS:
            raise StateError(f"fault_on is one of {', '.join(STRUCK_REQUESTS)}, not {self.fault_on!r}")
        if self.as_of is not None and not self.csv:
            raise StateError("as_of needs a change log to look into: give csv too")


def instant(text: str) -> datetime:
    """Read an ISO instant; without an offset it is UTC. Raises StateError."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise StateError(f"{text!r} is no ISO instant such as 2026-05-31T08:00:00Z") from error
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _parsed(name: str, value: Any) -> Any:
    """Return a setting as State holds it, from JSON. Raises StateError."""
    if name in ("start", "now", "as_of", "fault_at"):
        return instant(str(value))
    if name in ("csv", "fault"):
        return (value,) if isinstance(value, str) else tuple(map(str, value))
    kinds = {"seed": int, "fault_times": int, "slow_seconds": float, "retry_after": str, "fault_on": str}
    try:
        return kinds[name](value)
    except (TypeError, ValueError) as error:
        raise StateError(f"{name} cannot be {value!r}") from error


class Publisher:
    """Answers for one state at a time; safe to ask from many threads."""

    def __init__(self, state: State) -> None:
        state.check()
        self._lock = threading.RLock()
        self._state = state
        self._history: SimulatedHistory | None = None
        self._recorded: tuple[tuple[str, ...], RecordedCopies] | None = None
        self._edition: tuple[object, Edition] | None = None
        self._datastores: OrderedDict[object, Datastore] = OrderedDict()
        self._struck = dict.fromkeys(state.fault, 0)
        self._moved = 0

    @property
    def state(self) -> State:
        return self._state

    def change(self, wanted: dict[str, Any]) -> None:
        """Take on another state; faults that are set begin anew. Raises StateError and keeps the old state."""
        with self._lock:
            before, self._state = self._state, self._state.changed(wanted)
            try:
                self.edition()
            except StateError:
                self._state = before
                raise
            if {"fault", "fault_times", "fault_on"} & set(wanted):
                self._struck = dict.fromkeys(self._state.fault, 0)

    def clock(self) -> datetime:
        return self._state.now or datetime.now(UTC)

    def edition(self) -> Edition:
        """Return what is published now. Raises StateError."""
        with self._lock:
            key = self._edition_key()
            if self._edition is None or self._edition[0] != key:
                self._edition = (key, self._recorded_edition() if self._state.csv else self._simulated_edition())
            return self._edition[1]

    def last_modified(self) -> str:
        """Return when the resource was last modified, as CKAN writes it: naive text, UTC."""
        published_at = self.edition().published_at + timedelta(seconds=self._moved)
        return published_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

    def strike(self, kind: str) -> list[Fault]:
        """Return the faults that this request meets, and count it against them."""
        with self._lock:
            if self._state.fault_on not in ("all", kind):
                return []
            limit = self._state.fault_times
            met = [name for name in self._state.fault if limit is None or self._struck[name] < limit]
            for name in met:
                self._struck[name] += 1
            return [FAULTS[name] for name in met]

    def move(self) -> None:
        """Let last_modified move on by a second, with nothing else changed."""
        with self._lock:
            self._moved += 1

    def circumstances(self) -> Circumstances:
        at = self._state.fault_at
        strikes_at = None if at is None else as_numpy(at)
        return Circumstances(strikes_at, self._state.slow_seconds, self._state.retry_after)

    def datastore(self, faults: list[Fault]) -> Datastore:
        """Return the database as these faults leave it; kept ready for the next request."""
        spoilers = [fault for fault in faults if fault.on_table]
        with self._lock:
            key = (self._edition_key(), tuple(fault.name for fault in spoilers), self._state.fault_at)
            if key not in self._datastores:
                self._datastores[key] = self._spoilt_datastore(spoilers)
            self._datastores.move_to_end(key)
            while len(self._datastores) > DATASTORES_KEPT:
                self._datastores.popitem(last=False)
            return self._datastores[key]

    def faults_played(self) -> dict[str, int]:
        """Return how often each fault that is set has been played."""
        return dict(self._struck)

    def captures(self) -> list[datetime]:
        """Return the instants of all captures of a change log, oldest first."""
        with self._lock:
            return self._copies().captures() if self._state.csv else []

    def _spoilt_datastore(self, spoilers: list[Fault]) -> Datastore:
        table = self.edition().table
        for fault in spoilers:
            table = fault.on_table(table, self.circumstances()) if fault.on_table else table
        return Datastore(as_stored(table))

    def _edition_key(self) -> object:
        state = self._state
        if state.csv:
            return (state.csv, state.as_of, state.now)
        return (state.seed, state.start, publication_at(self.clock(), state.seed))

    def _recorded_edition(self) -> Edition:
        try:
            return self._copies().edition_at(self._state.as_of or self._state.now)
        except RecordedCopyError as error:
            raise StateError(str(error)) from error

    def _copies(self) -> RecordedCopies:
        paths = self._state.csv
        if self._recorded is None or self._recorded[0] != paths:
            try:
                self._recorded = (paths, RecordedCopies.read(Path(path) for path in paths))
            except RecordedCopyError as error:
                raise StateError(str(error)) from error
        return self._recorded[1]

    def _simulated_edition(self) -> Edition:
        state, clock = self._state, self.clock()
        first = as_numpy(state.start)
        if clock < state.start + timedelta(hours=3) or first < EPOCH:
            raise StateError("the history begins in 2009 at the earliest, and at least three hours before the clock")
        history = self._history
        if history is None or (history.seed, history.first) != (state.seed, first) or not history.knows(clock):
            history = self._history = SimulatedHistory.until(clock + AHEAD, seed=state.seed, first=first)
        return history.edition_at(clock)
