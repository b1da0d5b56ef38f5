"""Records, made from the fields of the catalogue: what is not there is null, and a row without its key is none."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from include.ingestion.columns import Json
from include.ingestion.dataset import SourceRecord
from include.sources.elexon.catalogue import snake_case

KINDS: Mapping[str, Any] = {
    # SOSO's `endTime` comes without its zone; all times are UTC, and so are our sessions.
    "datetime": datetime,
    "date": date,
    "text": str,
    "int": Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)],
    "bigint": int,
    "float": float,
    "bool": bool,
    "json": Json,
}
# No day has more; https://bscdocs.elexon.co.uk/bsc/bsc-section-x-2-technical-glossary
Period = Annotated[int, Meta(ge=1, le=50)]


def record(name: str, fields: Mapping[str, str], *, required: Collection[str] = ()) -> type[SourceRecord]:
    """Return a record of these fields, given by published name and kind; those `required` are never null, and instants
    among them have their zone.

    A field that may be null may be left out, too: the streams are said to spare what they can.
    """
    declared = [_field(each, kind, is_required=each in required) for each, kind in fields.items()]
    made: type[SourceRecord] = msgspec.defstruct(  # type: ignore[assignment]  # that is what its base is
        name, declared, bases=(SourceRecord,), frozen=True, kw_only=True, gc=False, module=__name__
    )
    return made


def _field(published: str, kind: str, *, is_required: bool) -> tuple[str, Any, Any]:
    of_period = kind.startswith("int") and "settlementperiod" in published.lower()
    hint = Period if of_period else KINDS[kind.rstrip("?")]
    if is_required and hint is datetime:
        hint = Annotated[datetime, Meta(tz=True)]
    if is_required or not kind.endswith("?"):
        return snake_case(published), hint, msgspec.field(name=published)
    return snake_case(published), hint | None | msgspec.UnsetType, msgspec.field(name=published, default=msgspec.UNSET)
