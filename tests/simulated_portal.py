"""The publishers, played by the simulator in a process of its own and steered by the test while it runs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

REPOSITORY = Path(__file__).parent.parent
NESO = "neso"
ANSWER_S = 30
# A clock that stands still at noon; NESO's half-hours are generated from the first of its month.
NOON, MAY = "2026-05-31T12:00:00Z", "2026-05-01T00:00:00Z"
SOUND = {"now": NOON, "retry_after": "0"}
SOUND_PORTAL = SOUND | {"start": MAY}


@dataclass(frozen=True)
class SimulatedPortal:
    """A publisher at the running simulator, NESO's portal at first; `url` is what its clients are told."""

    url: str
    publisher: str = NESO

    def beside(self, publisher: str) -> "SimulatedPortal":
        """Return another publisher of the same simulator."""
        return _publisher(self.url, publisher)

    def set(self, **settings: Any) -> dict[str, Any]:
        """Change settings of the publisher (its README lists them) and leave the others; return how it stands."""
        told: dict[str, Any] = self._steer("POST", "state", json=settings)
        return told

    def reset(self) -> None:
        """Back to a sound publisher that nobody has asked anything."""
        unset = dict.fromkeys(self._steer("GET", "state")["state"])
        self.set(**unset | (SOUND_PORTAL if self.publisher == NESO else SOUND))
        self._steer("DELETE", "requests")

    def asked(self, action: str) -> list[dict[str, Any]]:
        """Return the requests for an action since the last reset."""
        return [each for each in self._steer("GET", "requests") if each["action"] == action]

    def _steer(self, method: str, what: str, **content: Any) -> Any:
        return _answer(method, self.url, f"/_simulator/{self.publisher}/{what}", **content)


def _publisher(simulator: str, name: str) -> SimulatedPortal:
    """Return a publisher of the simulator behind this address, which may be that of another publisher."""
    return SimulatedPortal(_answer("GET", simulator, "/_simulator")[name], name)


def _answer(method: str, simulator: str, path: str, **content: Any) -> Any:
    response = requests.request(method, urljoin(simulator, path), timeout=ANSWER_S, **content)
    assert response.ok, response.text
    return response.json()


@contextmanager
def running_portal() -> Iterator[SimulatedPortal]:
    """Start the simulator on a free port; it ends with the block."""
    settings = ("--set", f"now={NOON}", "--set", f"neso.start={MAY}")
    command = [sys.executable, "-m", "include.simulator", "--port", "0", *settings]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline().strip() if process.stdout else ""
            address = line.partition("=")[2]
            assert address, f"the simulator did not start: {line!r}"
            yield _publisher(address, NESO)
        finally:
            process.terminate()
