"""What Elexon publishes today: its list, its OpenAPI document and a small question to each dataset.

In what it differs from the committed catalogue is drift, which `gridloom elexon adopt` takes in.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import msgspec

from include.ingestion.errors import DamagedAnswerError, LastingError, PassingError
from include.ingestion.http import ApiClient, Patience
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window, instant
from include.settlement import LONDON, half_hour_of
from include.sources.elexon.api import METADATA, OPENAPI, REQUESTS, read_array, read_enveloped, read_metadata, root
from include.sources.elexon.asking import parameters
from include.sources.elexon.catalogue import AskedBy, Catalogue, Entry, family
from include.sources.elexon.openapi import Described, described

log = logging.getLogger(__name__)

# Names in the list that have no route, and what they stand for.
ALIASES = {"IMBALANGC": "IMBALNGC", "LOLPDM": "LOLPDRM", "SYS_WARN": "SYSWARN"}
IMPATIENT = Patience(attempts=2, total_s=20)
PROBED_FOR = timedelta(minutes=30)
# What is published a day later or more is looked for where it is.
PROBED_BEFORE = timedelta(days=1)
NOT_FOUND, BAD_REQUEST, OK = 404, 400, 200


@dataclass(frozen=True)
class Probe:
    """What came of a small question in a dataset's own parameters."""

    at: datetime
    status: int | None
    rows: int | None
    reason: str

    @property
    def is_answer(self) -> bool:
        """Whether it was answered as a question that the dataset understands."""
        return self.status == OK


@dataclass(frozen=True)
class Found:
    """A name of Elexon's, as it was found."""

    code: str
    is_listed: bool
    last_updated: str | None
    described: Described | None
    entry: Entry | None
    probe: Probe | None = None

    @property
    def drift(self) -> str | None:
        """In what it differs from the committed catalogue, in one line; None where it does not."""
        return drift_of(self.described, self.entry.published if self.entry else None)

    @property
    def usability(self) -> tuple[bool, str]:
        """Whether it can be loaded today, and why."""
        if self.described is None:
            known_as = ALIASES.get(self.code)
            return False, f"no route: the name of {known_as} in the list" if known_as else "no route"
        if self.entry is None:
            return False, "new: take it in with `gridloom elexon adopt`"
        if self.probe is not None and not self.probe.is_answer:
            return False, self.probe.reason
        return True, self.probe.reason if self.probe else "not probed"


def read_openapi(client: ApiClient) -> dict[str, Described]:
    """Return every dataset of the OpenAPI document. Raises PassingError or LastingError."""
    at_root = replace(client, base_url=root(client.base_url))

    def read(body: bytes) -> dict[str, Described]:
        try:
            return described(msgspec.json.decode(body))
        except msgspec.MsgspecError as error:
            raise DamagedAnswerError(f"the OpenAPI document is not the JSON it should be: {error}") from error

    found = at_root.get(OPENAPI.lstrip("/"), {}, bucket=REQUESTS, read=read)
    if not found:
        raise DamagedAnswerError("the OpenAPI document has no datasets")
    return found


def discover(client: ApiClient, catalogue: Catalogue, *, now: datetime) -> Iterator[Found]:
    """Yield every name of the list, of the document and of the catalogue, each probed where it has a route.

    Raises PassingError or LastingError where list or document cannot be had; what a probe meets is part of what is
    found.
    """
    listed = client.get(METADATA, {}, bucket=REQUESTS, read=read_metadata)
    documented = read_openapi(client)
    for code in sorted({*listed, *documented, *catalogue}):
        found = Found(code, code in listed, listed.get(code) or None, documented.get(code), catalogue.get(code))
        yield replace(found, probe=probe(client, found, now=now)) if found.described else found


def probe(client: ApiClient, found: Found, *, now: datetime) -> Probe:
    """Ask a dataset for half an hour of it, in the parameters that it really takes."""
    if found.described is None:
        raise ValueError(f"{found.code} has no route to ask")
    impatient = replace(client, patience=IMPATIENT)
    path, read = f"datasets/{found.code}", read_enveloped
    if found.described.stream is not None:
        path, read = f"{path}/stream", read_array
    try:
        asked_by = family(found.described.stream or found.described.plain)
        rows = len(impatient.get(path, _asked(asked_by, found, now), bucket=REQUESTS, read=read))
    except ValueError as error:
        return Probe(now, None, None, f"needs other parameters: {error}")
    except (PassingError, LastingError) as error:
        return Probe(now, getattr(error, "status", None), None, _reason(error))
    return Probe(now, OK, rows, f"{rows:,} rows in half an hour" if rows else "no rows in the half-hour asked for")


def drift_of(now: Described | None, committed: Described | None) -> str | None:
    """Return in what a dataset differs from the catalogue, in one line; None where it does not, or is in neither."""
    if now is None or committed is None:
        return None if now == committed else ("new dataset" if committed is None else "vanished: no route any more")
    new = [f"new field {name}" for name in now.fields if name not in committed.fields]
    gone = [f"field {name} vanished" for name in committed.fields if name not in now.fields]
    changed = [
        f"{name} is {kind} and was {committed.fields[name]}"
        for name, kind in now.fields.items()
        if committed.fields.get(name, kind) != kind
    ]
    asked = [] if (now.plain, now.stream) == (committed.plain, committed.stream) else ["other parameters"]
    return "; ".join([*new, *gone, *changed, *asked]) or None


def _asked(asked_by: AskedBy, found: Found, now: datetime) -> dict[str, str]:
    """Return the parameters of the half-hour that ends with the newest row; without one, of one a day ago."""
    end = _newest(found, now)
    if asked_by is AskedBy.SETTLEMENT_BY_DATE:
        day = _date(end)
        return {**parameters(asked_by, SettlementDays(day, day)), "settlementPeriodTo": "1"}
    return parameters(asked_by, Window(end - PROBED_FOR, end))


def _newest(found: Found, now: datetime) -> datetime:
    try:
        return min(instant(found.last_updated or ""), now)
    except ValueError:
        return half_hour_of(now - PROBED_BEFORE)


def _date(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _reason(error: Exception) -> str:
    status = getattr(error, "status", None)
    if status in (NOT_FOUND, BAD_REQUEST):
        return f"needs other parameters: {error}"
    return f"failing: {error}"


def as_instant(text: str | None) -> datetime | None:
    """Return an instant of the list, or None where it is none."""
    try:
        return instant(text) if text else None
    except ValueError:
        return None


def moment() -> datetime:
    """Return the instant of a discovery."""
    return datetime.now(UTC)
