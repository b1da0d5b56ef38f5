"""How a publisher is steered while it serves: its state, and what it was asked.

`GET /_simulator` tells the address of each publisher. `GET /_simulator/<publisher>/state` tells how one stands, `POST`
with a JSON object changes settings; `GET /_simulator/<publisher>/requests` lists what it was asked, `DELETE` forgets.
"""

import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from include.simulator.publishers import SomePublisher
from include.simulator.reply import Reply, Request
from include.simulator.state import StateError

STEERING_PATH = "/_simulator"
REQUESTS_REMEMBERED = 10_000


class Helm:
    """Steers the publishers of one server, and remembers what each was asked."""

    def __init__(self, publishers: Mapping[str, SomePublisher]) -> None:
        self._publishers = publishers
        self._asked: dict[str, deque[dict[str, object]]] = {
            name: deque(maxlen=REQUESTS_REMEMBERED) for name in publishers
        }

    def remember(self, publisher: str, asked: dict[str, object]) -> None:
        """Keep what a publisher was asked; the oldest goes after 10,000."""
        self._asked[publisher].append(asked)

    def steer(self, method: str, request: Request) -> Reply:
        """Do what is asked under `/_simulator`."""
        _, _, name, what, *_ = [*request.path.split("/"), "", "", ""]
        if not name:
            return _json(200, {each: request.server_url + it.paths[0] for each, it in self._publishers.items()})
        if name not in self._publishers or what not in ("state", "requests"):
            paths = ", ".join(f"{STEERING_PATH}/{each}/state or /requests" for each in self._publishers)
            return _json(404, {"error": f"there is {paths}"})
        return self._state(method, name, request.parameters) if what == "state" else self._requests(method, name)

    def _state(self, method: str, name: str, wanted: dict[str, Any]) -> Reply:
        publisher = self._publishers[name]
        try:
            if method == "POST":
                publisher.change(wanted)
            return _json(200, publisher.told())
        except StateError as error:
            return _json(400, {"error": str(error)})

    def _requests(self, method: str, name: str) -> Reply:
        told = list(self._asked[name])
        if method == "DELETE":
            self._asked[name].clear()
        return _json(200, told)


def _json(status: int, content: object) -> Reply:
    return Reply(status, json.dumps(content, default=_spelt).encode())


def _spelt(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
