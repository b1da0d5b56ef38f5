"""CKAN's bodies: every answer comes in an envelope that tells success or error."""

import json

from include.simulator.reply import Reply


def success_reply(help_url: str, result_json: str) -> Reply:
    """Return CKAN's envelope around a result that is JSON already."""
    return Reply(200, f'{{"help": {json.dumps(help_url)}, "success": true, "result": {result_json}}}'.encode())


def error_reply(status: int, kind: str, details: dict[str, object], *, help_url: str = "") -> Reply:
    """Return CKAN's envelope around an error."""
    body = {"help": help_url, "success": False, "error": {"__type": kind, **details}}
    return Reply(status, json.dumps(body).encode())
