"""How bodies are spelt: most compact, two pretty-printed with CRLF."""

import json

from include.simulator.carbon_intensity.records import Record
from include.simulator.reply import Reply

HEADERS = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
REASONS = {400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


def compact(data: object) -> Reply:
    """Return an answer without any blank."""
    return Reply(200, json.dumps({"data": data}, separators=(",", ":")).encode(), dict(HEADERS))


def pretty(record: Record) -> Reply:
    """Return an answer of one record as the API prints it: two blanks deep, CRLF, a blank after some braces."""
    lines = [f"  {line}" for line in json.dumps(record, indent=2).splitlines()[1:-1]]
    # Behind an actual stands a blank.
    lines = [f"{line} " if '"actual"' in line else line for line in lines]
    return Reply(200, "\r\n".join(["{ ", '  "data":[{ ', *lines, "  }]", "}"]).encode(), dict(HEADERS))


def error(status: int, message: str) -> Reply:
    """Return an error: its code is text with the number in front."""
    body = {"error": {"code": f"{status} {REASONS[status]}", "message": message}}
    return Reply(status, json.dumps(body).encode(), dict(HEADERS))
