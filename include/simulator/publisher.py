"""What every publisher is: a state, a clock and faults; what it answers is its own.

Its state may be changed while it serves, so that a test can replay one publication after another.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from include.simulator.faults import Circumstances, Fault
from include.simulator.reply import Reply, Request
from include.simulator.state import State, StateError
from include.simulator.weather import as_numpy

SomeState = TypeVar("SomeState", bound=State)

ALL = "all"


class Publisher(ABC, Generic[SomeState]):
    """Answers for one state at a time; safe to ask from many threads."""

    title: ClassVar[str]
    # Where it is mounted on the server; clients put the first before what they ask for.
    paths: ClassVar[tuple[str, ...]]
    faults: ClassVar[Mapping[str, Fault]]
    # The kinds of requests that faults can be set on, beside all.
    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, state: SomeState) -> None:
        self._check(state)
        self.lock = threading.RLock()
        self._state = state
        self._struck = dict.fromkeys(state.fault, 0)

    @classmethod
    @abstractmethod
    def standard_state(cls) -> SomeState:
        """Return the state that nobody has changed."""

    @classmethod
    def starting_with(cls, wanted: dict[str, Any]) -> "Publisher[SomeState]":
        """Return a publisher with these settings, given as JSON has them. Raises StateError."""
        return cls(cls.standard_state().changed(wanted))

    @abstractmethod
    def action_of(self, request: Request) -> str:
        """Return what is asked for, in a word, for the list of requests."""

    @abstractmethod
    def kind_of(self, action: str) -> str | None:
        """Return which faults an action meets; None where it meets none and is not listed."""

    @abstractmethod
    def reply(self, request: Request, faults: list[Fault]) -> Reply:
        """Answer, with the faults of what is said; those of the way come later."""

    @abstractmethod
    def error(self, status: int, message: str) -> Reply:
        """Return an error as this publisher words it."""

    @abstractmethod
    def prepare(self) -> None:
        """Make ready what the state asks for. Raises StateError where it cannot be played."""

    @abstractmethod
    def published(self) -> dict[str, object]:
        """Return what whoever steers wants to know of what is published now."""

    @property
    def state(self) -> SomeState:
        return self._state

    def change(self, wanted: dict[str, Any]) -> None:
        """Take on another state; faults that are set begin anew. Raises StateError and keeps the old state."""
        with self.lock:
            before, after = self._state, self._state.changed(wanted)
            self._check(after)
            self._state = after
            try:
                self.prepare()
            except StateError:
                self._state = before
                raise
            if {"fault", "fault_times", "fault_on"} & set(wanted):
                self._struck = dict.fromkeys(after.fault, 0)

    def clock(self) -> datetime:
        return self._state.now or datetime.now(UTC)

    def strike(self, kind: str | None) -> list[Fault]:
        """Return the faults that a request of this kind meets, and count it against them."""
        with self.lock:
            if kind is None or self._state.fault_on not in (ALL, kind):
                return []
            limit = self._state.fault_times
            met = [name for name in self._state.fault if limit is None or self._struck[name] < limit]
            for name in met:
                self._struck[name] += 1
            return [self.faults[name] for name in met]

    def circumstances(self) -> Circumstances:
        state = self._state
        strikes_at: np.datetime64 | None = None if state.fault_at is None else as_numpy(state.fault_at)
        return Circumstances(self.error, strikes_at, state.slow_seconds, state.retry_after)

    def told(self) -> dict[str, object]:
        """Return how it stands: settings, clock, faults played, and what is published. Raises StateError."""
        told: dict[str, object] = {"state": asdict(self._state), "clock": self.clock()}
        return told | {"faults_played": dict(self._struck)} | self.published()

    @classmethod
    def _check(cls, state: SomeState) -> None:
        for name in state.fault:
            if name not in cls.faults:
                raise StateError(f"no fault is called {name!r}; there are {', '.join(cls.faults)}")
        if state.fault_on not in (*cls.kinds, ALL):
            raise StateError(f"fault_on is one of {', '.join((*cls.kinds, ALL))}, not {state.fault_on!r}")
