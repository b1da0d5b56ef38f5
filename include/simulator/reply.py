"""What is asked of a publisher, and what goes back over the wire."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

JSON_TYPE = {"Content-Type": "application/json;charset=utf-8"}


@dataclass(frozen=True)
class Request:
    """One question to a publisher: `path` as it was asked for, from the server's root on."""

    path: str
    parameters: dict[str, Any]  # of one that is given several times, the last
    server_url: str  # as the client calls it
    pairs: tuple[tuple[str, str], ...] = ()  # every parameter, in the order given

    def all_of(self, name: str) -> list[str]:
        """Return every value given for a parameter."""
        return [value for each, value in self.pairs if each == name]


class Delivery(Enum):
    """How a reply travels."""

    WHOLE = "whole"
    CUT_OFF = "cut off"
    TRICKLE = "trickle"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, and what goes wrong on the way."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON_TYPE))
    wait_s: float = 0.0
    delivery: Delivery = Delivery.WHOLE
    # A body of unknown length, sent piece by piece in its place.
    pieces: Iterable[bytes] | None = None
