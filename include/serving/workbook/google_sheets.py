"""Writes a workbook to a Google Sheet, as a service account: one request reads what tabs there are, one writes.

https://developers.google.com/workspace/sheets/api/limits: 300 requests a minute of each kind, refilled every minute; a
request that takes longer than 180 seconds is given up by Google.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import gspread
import requests
from google.auth import exceptions as google
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials
from gspread.urls import SPREADSHEETS_API_V4_BASE_URL

from include import outbound
from include.serving.workbook.errors import SheetRefusedError, SheetUnavailableError
from include.serving.workbook.google_batch import FIELDS, requests_for, tabs_of
from include.serving.workbook.layout import Workbook

# The one right that writing to a sheet needs, and only to sheets that were shared with the account.
SCOPE = "https://www.googleapis.com/auth/spreadsheets"
TIMEOUT_S = (10, 60)
# Who copies the address of a sheet from the browser has its id too.
IN_ADDRESS = r"/spreadsheets/d/([\w-]+)"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY, TIMED_OUT = 401, 403, 404, 429, 408
SERVER_ERROR = 500
MOST_CHARACTERS = 300


@dataclass(frozen=True)
class Account:
    """A service account and the spreadsheet it writes to. Its `repr` shows no secret."""

    key: Mapping[str, str] = field(repr=False)
    """The key as Google hands it out: client_email, private_key, token_uri, …"""
    spreadsheet_id: str

    @classmethod
    def of(cls, extra: Mapping[str, Any]) -> "Account":
        """Return what a connection's extra names. Raises SheetRefusedError where it lacks something."""
        key, spreadsheet = extra.get("keyfile_dict"), extra.get("spreadsheet_id")
        if not key or not spreadsheet:
            raise SheetRefusedError("the connection's extra needs keyfile_dict and spreadsheet_id: docs/spreadsheet.md")
        try:
            # Airflow's form keeps it as a text.
            held = json.loads(key) if isinstance(key, str) else key
        except ValueError:
            held = {}
        found = re.search(IN_ADDRESS, str(spreadsheet))
        return cls(held if isinstance(held, dict) else {}, found.group(1) if found else str(spreadsheet).strip())

    @property
    def email(self) -> str:
        """The address that the spreadsheet has to be shared with."""
        return str(self.key.get("client_email", "the service account"))


def write(workbook: Workbook, account: Account, url: str, *, timeout_s: tuple[float, float] = TIMEOUT_S) -> str:
    """Write a workbook over the tabs of its names, making those that are not there; return the sheet's address.

    `url` is where the API is; `timeout_s` what connecting, and an answer, may take. Raises SheetUnavailableError where
    writing again later is the answer, SheetRefusedError where somebody has to do something.
    """
    with _telling(account):
        client = _Client(account, url, timeout_s)
        with closing(client.session):
            tabs = tabs_of(client.fetch_sheet_metadata(account.spreadsheet_id, {"fields": FIELDS}))
            client.batch_update(account.spreadsheet_id, {"requests": requests_for(workbook, tabs)})
    return f"https://docs.google.com/spreadsheets/d/{account.spreadsheet_id}"


class _Client(gspread.HTTPClient):
    """Asks the API where it is told it is. A token that has expired is renewed once."""

    def __init__(self, account: Account, url: str, timeout_s: tuple[float, float]) -> None:
        session = AuthorizedSession(
            _credentials(account), max_refresh_attempts=1, auth_request=Request(outbound.session())
        )
        outbound.make_timely(session)
        super().__init__(None, session)
        self.set_timeout(timeout_s)
        self._account, self._url = account, f"{url.rstrip('/')}/v4/spreadsheets"

    def request(self, method: str, endpoint: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """Ask. Raises SheetUnavailableError and SheetRefusedError by what is answered."""
        where = endpoint.replace(SPREADSHEETS_API_V4_BASE_URL, self._url, 1)
        answer = self.session.request(method, where, timeout=self.timeout, allow_redirects=False, **options)
        if answer.status_code != requests.codes.ok:
            raise _refusal(answer, self._account)
        return answer


def _credentials(account: Account) -> Credentials:
    try:
        return Credentials.from_service_account_info(account.key, scopes=[SCOPE])
    except (ValueError, TypeError, google.GoogleAuthError):
        # What is wrong with it is not told: it could quote the key.
        raise SheetRefusedError(
            "the key is no service account's: put the whole JSON file that Google made for the account into the"
            " connection's extra as keyfile_dict"
        ) from None


@contextmanager
def _telling(account: Account) -> Iterator[None]:
    """Turn what the libraries raise into what has to be done. Their own words could hold a part of what was sent."""
    try:
        yield
    except google.RefreshError as error:
        if error.retryable:
            raise SheetUnavailableError(f"Google gives no token now: {_short(error.args[0])}") from None
        raise SheetRefusedError(
            f"Google gives {account.email} no token ({_short(error.args[0])}): its key was deleted, or this machine's"
            " clock is wrong; make a new key, and put it into the Airflow connection"
        ) from None
    except (google.TransportError, requests.RequestException) as error:
        raise SheetUnavailableError(f"Google Sheets does not answer: {_short(error)}") from None


def _refusal(answer: requests.Response, account: Account) -> Exception:
    """Return what an answer that is none means, and what to do about it."""
    told, status = _said(answer), answer.status_code
    if status in (TOO_MANY, TIMED_OUT) or status >= SERVER_ERROR:
        return SheetUnavailableError(f"Google Sheets answers {status}: {told}")
    return SheetRefusedError(
        {
            UNAUTHORIZED: f"Google Sheets refuses the token of {account.email}, a new one too: make a new key for it",
            FORBIDDEN: f"{account.email} may not write to spreadsheet {account.spreadsheet_id}: share it with that"
            " address as an editor, and enable the Google Sheets API in its project",
            NOT_FOUND: f"there is no spreadsheet {account.spreadsheet_id} that {account.email} sees: correct"
            " spreadsheet_id in the Airflow connection, and share the sheet with that address as an editor",
        }.get(status, f"Google Sheets refuses what it was asked, with {status}")
        + f" ({told})"
    )


def _said(answer: requests.Response) -> str:
    try:
        return _short(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return _short(answer.reason or "no reason given")


def _short(said: object) -> str:
    return " ".join(str(said).split())[:MOST_CHARACTERS]
