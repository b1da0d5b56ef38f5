"""How the API refuses: a problem in the words of RFC 9110, with a trace of its own."""

import hashlib
import json

from include.simulator.reply import Reply

HEADERS = {"Content-Type": "application/problem+json; charset=utf-8"}
SECTIONS = {400: "15.5.1", 404: "15.5.5", 429: "15.5.1", 500: "15.6.1"}
TITLES = {400: "One or more validation errors occurred.", 404: "Not Found"}


class NotFoundError(Exception):
    """Nothing is at this path, or a parameter that it needs is missing: the API says 404 to both."""


class RefusedError(Exception):
    """A parameter makes no sense; `about` is its name, or nothing where it is about several."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


def refused(error: RefusedError) -> Reply:
    return _problem(400, TITLES[400], errors={error.about: [str(error)]})


def problem(status: int, message: str) -> Reply:
    """Return an error of which only the status is known."""
    return _problem(status, TITLES.get(status, message))


def _problem(status: int, title: str, **more: object) -> Reply:
    told = {"type": f"https://tools.ietf.org/html/rfc9110#section-{SECTIONS[status]}", "title": title, "status": status}
    body = told | more
    trace = hashlib.sha256(json.dumps(body).encode()).hexdigest()
    body["traceId"] = f"00-{trace[:32]}-{trace[32:48]}-00"
    return Reply(status, json.dumps(body, separators=(",", ":")).encode(), dict(HEADERS))
