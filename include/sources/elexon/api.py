"""Where Elexon's API is, and the few routes of it that are no datasets."""

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import msgspec

from include.ingestion.dataset import Page, Publisher
from include.ingestion.errors import DamagedAnswerError

PUBLISHER = Publisher(
    name="elexon",
    title="Elexon",
    url="https://data.elexon.co.uk/bmrs/api/v1",
    attribution="Contains BMRS data © Elexon Limited copyright and database right",
    licence="BMRS data licence",
    licence_url="https://www.elexon.co.uk/data/balancing-mechanism-reporting-agent/copyright-licence-bmrs-data/",
)
REQUESTS = "requests"
METADATA = "datasets/metadata/latest"
OPENAPI = "/swagger/v1/swagger.json"


class _Enveloped(msgspec.Struct):
    """What plain routes answer with; there may be metadata beside it."""

    data: list[msgspec.Raw]


class _LastUpdated(msgspec.Struct):
    dataset: str
    last_updated: str | None = msgspec.field(name="lastUpdated", default=None)


class _Metadata(msgspec.Struct):
    data: list[_LastUpdated]


_ENVELOPED = msgspec.json.Decoder(_Enveloped)
_BARE = msgspec.json.Decoder(list[msgspec.Raw])
_METADATA = msgspec.json.Decoder(_Metadata)


def _reading(decode: Callable[[bytes], Page]) -> Callable[[bytes], Page]:
    def read(body: bytes) -> Page:
        try:
            return decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise DamagedAnswerError(f"the answer is not the JSON it should be: {error}") from error

    return read


# Both raise DamagedAnswerError where a body is not what it should be.
read_enveloped = _reading(lambda body: _ENVELOPED.decode(body).data)
read_array = _reading(_BARE.decode)


def read_metadata(body: bytes) -> dict[str, str]:
    """Return when each dataset was last updated, by its name in Elexon's list. Raises DamagedAnswerError."""
    try:
        listed = _METADATA.decode(body).data
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedAnswerError(f"the list of datasets is not what it should be: {error}") from error
    if not listed:
        raise DamagedAnswerError("the list of datasets is empty")
    return {each.dataset: each.last_updated or "" for each in listed}


def root(url: str) -> str:
    """Return the root of the host that serves an address: its OpenAPI document lies there."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))
