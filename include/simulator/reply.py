"""What goes back over the wire: CKAN's bodies, and how they travel."""

import json
from dataclasses import dataclass, field
from enum import Enum

JSON_TYPE = {"Content-Type": "application/json;charset=utf-8"}


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


def success_reply(help_url: str, result_json: str) -> Reply:
    """Return CKAN's envelope around a result that is JSON already."""
    return Reply(200, f'{{"help": {json.dumps(help_url)}, "success": true, "result": {result_json}}}'.encode())


def error_reply(status: int, kind: str, details: dict[str, object], *, help_url: str = "") -> Reply:
    """Return CKAN's envelope around an error."""
    body = {"help": help_url, "success": False, "error": {"__type": kind, **details}}
    return Reply(status, json.dumps(body).encode())
