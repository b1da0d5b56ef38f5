"""How a scope of a dataset becomes a question to the API, and its answer rows.

Windows are closed at both ends: what lies on the end belongs to the next window, and is trimmed by the door.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from include.ingestion.dataset import Fetch, Page
from include.ingestion.http import ApiClient
from include.ingestion.pieces import pieces
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.settlement import periods_in_day
from include.sources.elexon.api import REQUESTS, read_enveloped
from include.sources.elexon.catalogue import AskedBy, Entry

Asks = Window | SettlementDays
STAMP = "%Y-%m-%dT%H:%M:%SZ"
FROM_TO = {
    AskedBy.PUBLISHED: ("publishDateTimeFrom", "publishDateTimeTo"),
    AskedBy.MEASURED: ("measurementDateTimeFrom", "measurementDateTimeTo"),
    AskedBy.SUBMITTED: ("submissionDateTimeFrom", "submissionDateTimeTo"),
    AskedBy.PUBLISHED_FROM_TO: ("from", "to"),
    AskedBy.SETTLEMENT: ("from", "to"),
}


def parameters(asked_by: AskedBy, scope: Asks, *, lead: timedelta = timedelta(0)) -> dict[str, str]:
    """Return the parameters by which a scope is asked for, from `lead` before it on."""
    if asked_by is AskedBy.SETTLEMENT_BY_DATE:
        if not isinstance(scope, SettlementDays):
            raise TypeError(f"{scope} are no settlement days")
        return {
            "settlementDateFrom": f"{scope.first}",
            "settlementPeriodFrom": "1",
            "settlementDateTo": f"{scope.last}",
            "settlementPeriodTo": f"{periods_in_day(scope.last)}",
        }
    begin, end = FROM_TO[asked_by]
    return {begin: _stamp(scope.covers.start - lead), end: _stamp(scope.covers.end)}


def fetching(code: str, entry: Entry) -> Fetch:
    """Return what yields the rows of a scope: from the stream where there is one, which has no longest window."""
    path = f"datasets/{code}"
    nested = [name for name, kind in entry.published.fields.items() if kind.startswith("json")]

    def fetch(client: ApiClient, scope: Asks) -> Iterator[Page]:
        asked = parameters(entry.loaded.asked_by, scope, lead=timedelta(hours=entry.loaded.lead_hours))
        if entry.published.stream is None:
            pages: Iterable[Page] = [client.get(path, asked, bucket=REQUESTS, read=read_enveloped)]
        else:
            pages = pieces(client.stream(f"{path}/stream", asked, bucket=REQUESTS))
        yield from with_text(pages, nested) if nested else pages

    return fetch


def with_text(pages: Iterable[Page], names: Iterable[str]) -> Iterator[Page]:
    """Yield pages in which nested values of these names are the text of their JSON, in one spelling.

    Rows are flat in raw; PostgreSQL reads the text as jsonb.
    """
    for page in pages:
        rows = msgspec.json.decode(page, type=list[msgspec.Raw]) if isinstance(page, bytes) else page
        yield [_with_text(row, names) for row in rows]


def _with_text(row: msgspec.Raw, names: Iterable[str]) -> msgspec.Raw:
    try:
        values: Mapping[str, msgspec.Raw] = _OBJECT(row)
        is_sound = len(json.loads(bytes(row), object_pairs_hook=list)) == len(values)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        is_sound = False
    if not is_sound:
        # The door says what is wrong with it: it is no object, say, or names a field twice.
        return row
    nested = {name: _text(values[name]) for name in names if values.get(name, _NULL) != _NULL}
    return msgspec.Raw(msgspec.json.encode({**values, **nested})) if nested else row


def _text(value: msgspec.Raw) -> str:
    return msgspec.json.encode(msgspec.json.decode(value), order="sorted").decode()


_NULL = msgspec.Raw(b"null")
_OBJECT: Callable[[msgspec.Raw], dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _stamp(instant: datetime) -> str:
    return f"{instant:{STAMP}}"
