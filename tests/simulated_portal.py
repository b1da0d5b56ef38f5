"""NESO's data portal, played by the simulator in a process of its own and steered by the test while it runs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

REPOSITORY = Path(__file__).parent.parent
ACTIONS = "/api/3/action"
ANSWER_S = 30
# Generated half-hours from May, and a clock that stands still at noon of its last day.
SOUND = {
    **{"seed": None, "start": "2026-05-01T00:00:00Z", "now": "2026-05-31T12:00:00Z", "csv": None, "as_of": None},
    **{"fault": None, "fault_times": None, "fault_on": None, "fault_at": None},
    **{"slow_seconds": None, "retry_after": "0"},
}


@dataclass(frozen=True)
class SimulatedPortal:
    """A running portal; `url` is what a client puts before the name of an action."""

    url: str

    def set(self, **settings: Any) -> dict[str, Any]:
        """Change settings of the simulator (its README lists them) and leave the others; return how it stands."""
        return self._steer("POST", "state", json=settings)

    def reset(self) -> None:
        """Back to a sound portal that nobody has asked anything."""
        self.set(**SOUND)
        self._steer("DELETE", "requests")

    def asked(self, action: str) -> list[dict[str, Any]]:
        """Return the requests for an action since the last reset."""
        return [each for each in self._steer("GET", "requests") if each["action"] == action]

    def _steer(self, method: str, what: str, **content: Any) -> Any:
        url = f"{self.url.removesuffix(ACTIONS)}/_simulator/{what}"
        response = requests.request(method, url, timeout=ANSWER_S, **content)
        assert response.ok, response.text
        return response.json()


@contextmanager
def running_portal() -> Iterator[SimulatedPortal]:
    """Start the simulator on a free port; it ends with the block."""
    command = [
        sys.executable,
        "-m",
        "include.simulator",
        "--port",
        "0",
        "--start",
        SOUND["start"],
        "--now",
        SOUND["now"],
    ]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            assert address.endswith(ACTIONS), f"the simulator did not start: {address!r}"
            yield SimulatedPortal(address)
        finally:
            process.terminate()
