"""Google Sheets as a service account meets it: a token for a signed assertion, and spreadsheets that keep their cells.

A server on the loopback that knows the requests we send and refuses all others. Rules are those of Google's reference:
https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets,
https://developers.google.com/identity/protocols/oauth2/service-account#httprest. It shares no code with what it judges.
"""

import copy
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

LOOPBACK = "127.0.0.1"
EMAIL = "grid@project.iam.gserviceaccount.test"
SCOPE = "https://www.googleapis.com/auth/spreadsheets"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Whatever address a key says to ask for tokens, assertions are made out to Google's.
AUDIENCE = "https://oauth2.googleapis.com/token"
HOUR_S = 3_600
ID = "1xYz-spreadsheet_id"
SAID = {
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: ("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests'"),
    500: ("INTERNAL", "Internal error encountered."),
}

Cells = dict[tuple[int, int], dict[str, Any]]


class RefusedError(Exception):
    """A request that Google would refuse with 400."""


@dataclass
class Tab:
    """A tab of a spreadsheet."""

    properties: dict[str, Any]
    cells: Cells = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    widths_px: dict[int, int] = field(default_factory=dict)

    @property
    def texts(self) -> list[list[Any]]:
        """What its cells hold, row by row; None for nothing."""
        rows = range(1 + max((row for row, _ in self.cells), default=-1))
        columns = range(1 + max((column for _, column in self.cells), default=-1))
        return [[self.value(row, column) for column in columns] for row in rows]

    def value(self, row: int, column: int) -> Any:
        """What a cell holds."""
        held = self.cells.get((row, column), {}).get("userEnteredValue", {})
        return next(iter(held.values()), None)

    def form(self, row: int, column: int) -> dict[str, Any]:
        """How a cell looks."""
        return dict(self.cells[row, column].get("userEnteredFormat", {}))


@dataclass
class SheetsApi:
    """The API, one spreadsheet in it, and what goes wrong next."""

    url: str = ""
    tabs: list[Tab] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    """How the next requests to the API are answered, one after the other, before it is sound again."""
    is_shared: bool = True
    is_slow: bool = False
    """Whether it takes requests and does not answer."""
    asked: list[str] = field(default_factory=list)
    """What it was asked, as `GET`, `batchUpdate`, `token`."""
    tokens: set[str] = field(default_factory=set)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def key(self) -> dict[str, str]:
        """The key of the service account, as Google hands it out."""
        return {
            "type": "service_account",
            "private_key_id": "0f",
            "private_key": _as_pem(_private_key()),
            "client_email": EMAIL,
            "token_uri": f"{self.url}/token",
        }

    @property
    def extra(self) -> dict[str, Any]:
        """What the Airflow connection holds."""
        return {"keyfile_dict": self.key, "spreadsheet_id": ID}

    def tab(self, title: str) -> Tab:
        """A tab by its title."""
        [found] = [each for each in self.tabs if each.properties["title"] == title]
        return found

    def token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Answer a request for a token: the assertion must be signed by the key, for us, and not be too long."""
        self.asked.append("token")
        try:
            assert form["grant_type"] == [JWT_BEARER]
            claims = jwt.decode(
                form["assertion"][0], _private_key().public_key(), algorithms=["RS256"], audience=AUDIENCE, issuer=EMAIL
            )
            assert claims["scope"] == SCOPE
            assert claims["exp"] - claims["iat"] <= HOUR_S
        except jwt.InvalidTokenError as error:
            return 400, {"error": "invalid_grant", "error_description": f"Invalid JWT: {error}"}
        token = token_urlsafe()
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": HOUR_S - 1, "token_type": "Bearer"}

    def answer(self, bearer: str, spreadsheet: str, requests: list[dict[str, Any]] | None) -> tuple[int, Any]:
        """Answer a request for metadata, or a batch."""
        self.asked.append("GET" if requests is None else "batchUpdate")
        status = self._status(bearer, spreadsheet)
        if status in SAID:
            return status, _error(status, *SAID[status])
        if requests is None:
            return 200, {"spreadsheetId": spreadsheet, "sheets": [_told(each) for each in self.tabs]}
        # All of a batch is applied, or nothing.
        draft = copy.deepcopy(self.tabs)
        try:
            for place, request in enumerate(requests):
                _apply(draft, request, place)
        except RefusedError as error:
            return 400, _error(400, "INVALID_ARGUMENT", str(error))
        self.tabs = draft
        return 200, {"spreadsheetId": spreadsheet, "replies": [{} for _ in requests]}

    def _status(self, bearer: str, spreadsheet: str) -> int:
        if self.faults:
            fault = self.faults.pop(0)
            if fault == 401:
                self.tokens.clear()
            return fault
        if bearer not in self.tokens:
            return 401
        if spreadsheet != ID:
            return 404
        return 200 if self.is_shared else 403


@contextmanager
def sheets_api() -> Iterator[SheetsApi]:
    """Run the API for the length of a block."""
    api = SheetsApi()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            said = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/token":
                self._send(*api.token(parse_qs(said)))
            else:
                self._answer(json.loads(said)["requests"])

        def _answer(self, requests: list[dict[str, Any]] | None) -> None:
            found = re.fullmatch(r"/v4/spreadsheets/([^/:]+)(:batchUpdate)?", urlsplit(self.path).path)
            assert found, self.path
            assert bool(found.group(2)) == (requests is not None)
            if api.is_slow:
                api.released.wait()
            bearer = self.headers["Authorization"].removeprefix("Bearer ")
            self._send(*api.answer(bearer, found.group(1), requests))

        def _send(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        api.url = f"http://{LOOPBACK}:{server.server_address[1]}"
        try:
            yield api
        finally:
            api.released.set()
            server.shutdown()
            thread.join()


def another_key() -> str:
    """A private key that Google does not know."""
    return _as_pem(_generated())


@cache
def _private_key() -> rsa.RSAPrivateKey:
    return _generated()


def _generated() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _as_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _error(code: int, status: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status}}


def _told(tab: Tab) -> dict[str, Any]:
    """Metadata of a tab; nothing is said of what is nought or empty."""
    properties = {name: value for name, value in tab.properties.items() if value != 0}
    return {"properties": properties, **({"conditionalFormats": tab.rules} if tab.rules else {})}


def _apply(tabs: list[Tab], request: dict[str, Any], place: int) -> None:
    [(name, content)] = request.items()
    applied = _APPLIED.get(name)
    if applied is None:
        raise RefusedError(f"Invalid JSON payload received. Unknown name \"{name}\" at 'requests[{place}]'")
    applied(tabs, content)


def _add_sheet(tabs: list[Tab], content: dict[str, Any]) -> None:
    properties = content["properties"]
    for name in ("title", "sheetId"):
        if any(each.properties[name] == properties[name] for each in tabs):
            raise RefusedError(f"Invalid requests: a sheet with the {name} {properties[name]} already exists.")
    tabs.append(Tab(properties))


def _update_properties(tabs: list[Tab], content: dict[str, Any]) -> None:
    grid = _tab(tabs, content["properties"]).properties.setdefault("gridProperties", {})
    for path in content["fields"].split(","):
        parent, name = path.split(".")
        if parent != "gridProperties":
            raise RefusedError(f"Invalid field: {path}")
        grid[name] = content["properties"][parent][name]
    if grid.get("frozenRowCount", 0) >= grid["rowCount"]:
        raise RefusedError("You can't freeze all visible rows on the sheet.")


def _update_cells(tabs: list[Tab], content: dict[str, Any]) -> None:
    fields = content["fields"].split(",")
    if "range" in content:
        assert set(content["range"]) == {"sheetId"}, "a whole tab"
        assert "rows" not in content
        cells = _tab(tabs, content["range"]).cells
        for key in cells:
            cells[key] = {name: held for name, held in cells[key].items() if name not in fields}
        return
    start = content["start"]
    tab = _tab(tabs, start)
    grid = tab.properties["gridProperties"]
    for row, told in enumerate(content["rows"], start=start["rowIndex"]):
        for column, cell in enumerate(told["values"], start=start["columnIndex"]):
            if row >= grid["rowCount"] or column >= grid["columnCount"]:
                raise RefusedError("Invalid requests: attempting to write outside the grid")
            held = tab.cells.setdefault((row, column), {})
            for name in fields:
                held.pop(name, None)
                if name in cell:
                    held[name] = _checked(name, cell[name])


def _checked(name: str, told: dict[str, Any]) -> dict[str, Any]:
    if name == "userEnteredValue":
        [(kind, value)] = told.items()
        if not isinstance(value, {"stringValue": str, "numberValue": int | float}[kind]):
            raise RefusedError(f"Invalid value at {kind}: {value!r}")
    return told


def _update_dimension(tabs: list[Tab], content: dict[str, Any]) -> None:
    span = content["range"]
    assert (span["dimension"], content["fields"]) == ("COLUMNS", "pixelSize")
    tab = _tab(tabs, span)
    if span["endIndex"] > tab.properties["gridProperties"]["columnCount"]:
        raise RefusedError("Invalid requests: no such column")
    for column in range(span["startIndex"], span["endIndex"]):
        tab.widths_px[column] = content["properties"]["pixelSize"]


def _delete_rule(tabs: list[Tab], content: dict[str, Any]) -> None:
    rules = _tab(tabs, content).rules
    if content["index"] >= len(rules):
        raise RefusedError(f"No conditional format on sheet: {content['sheetId']} at index: {content['index']}")
    rules.pop(content["index"])


def _add_rule(tabs: list[Tab], content: dict[str, Any]) -> None:
    [span] = content["rule"]["ranges"]
    assert all(isinstance(point["value"], str) for point in content["rule"]["gradientRule"].values())
    _tab(tabs, span).rules.insert(content["index"], content["rule"])


def _tab(tabs: list[Tab], content: dict[str, Any]) -> Tab:
    for each in tabs:
        if each.properties["sheetId"] == content["sheetId"]:
            return each
    raise RefusedError(f"No grid with id: {content['sheetId']}")


_APPLIED = {
    "addSheet": _add_sheet,
    "updateSheetProperties": _update_properties,
    "updateCells": _update_cells,
    "updateDimensionProperties": _update_dimension,
    "deleteConditionalFormatRule": _delete_rule,
    "addConditionalFormatRule": _add_rule,
}
