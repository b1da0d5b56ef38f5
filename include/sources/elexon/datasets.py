"""The datasets: those of the catalogue, and three that have routes of their own."""

from datetime import timedelta
from functools import partial

from include.ingestion.dataset import Dataset, Shown, Storage
from include.ingestion.limits import Edge, Limit, Limits
from include.settlement import HALF_HOUR
from include.sources.elexon import due
from include.sources.elexon.api import PUBLISHER
from include.sources.elexon.asking import fetching
from include.sources.elexon.catalogue import AskedBy, Entry, Kept, snake_case
from include.sources.elexon.counting import counting
from include.sources.elexon.due import BY_DAYS
from include.sources.elexon.records import record

SECOND = timedelta(seconds=1)
STORAGES = {Kept.VERSIONS: Storage.TYPED_VERSIONS, Kept.WINDOWS: Storage.REPLACED_WINDOWS}
# Half-hours that fill up again within a day or two are looked at again; settlement runs have days of their own.
LOOK_BACK_DAILY = timedelta(days=2)
WINDOW_FIELDS = {
    AskedBy.PUBLISHED: "publishTime",
    AskedBy.PUBLISHED_FROM_TO: "publishTime",
    AskedBy.MEASURED: "measurementTime",
    AskedBy.SUBMITTED: "submissionDateTime",
    AskedBy.SETTLEMENT: "settlementDate",
    AskedBy.SETTLEMENT_BY_DATE: "settlementDate",
}


def dataset(code: str, entry: Entry) -> Dataset:
    """Return a dataset of the catalogue."""
    loaded = entry.loaded
    required = {*loaded.key, *loaded.wins, window_field(entry)} - set(loaded.nullable_key)
    return Dataset(
        table=f"raw.elexon_{table_name(code)}",
        title=entry.published.title,
        publisher=PUBLISHER,
        record=record(code, entry.published.fields, required=required),
        key=tuple(map(snake_case, loaded.key)),
        wins=tuple(map(snake_case, loaded.wins)),
        window_column=snake_case(window_field(entry)),
        first_at=entry.first_at,
        fetch=fetching(code, entry),
        counted=counting(loaded.counted_as) if loaded.counted_as else None,
        routine=partial(due.routine, entry),
        named=partial(due.blocks, entry),
        storage=STORAGES[loaded.kept],
        transport_columns=("dataset",),
        limits=limits(entry),
        shown=Shown(f"elexon_{table_name(code)}", is_view=True),
    )


def limits(entry: Entry) -> Limits:
    """Return what an answer may be like."""
    loaded = entry.loaded
    closed = "a window is closed at both ends"
    by_days = loaded.asked_by in BY_DAYS
    return Limits(
        withdrawn_keys=Limit(2, "a correction takes back a row or two; more are a short answer"),
        withdrawn_share=Limit(0.02, "a correction takes back a few rows; more are a short answer"),
        is_asked_twice=True,
        may_be_empty=True,
        is_never_empty=loaded.always_has_rows,
        fills_gaps=False,
        edge=Edge(timedelta(hours=loaded.lead_hours), HALF_HOUR if by_days else SECOND, closed),
        look_back=LOOK_BACK_DAILY if loaded.is_daily else due.REVISED_FOR,
        answer_bytes=Limit(2 << 30, "a day of all units is some 50 MB, and a stream is never held whole"),
    )


def window_field(entry: Entry) -> str:
    """Return the published name of the field by which a dataset is asked for."""
    return WINDOW_FIELDS[entry.loaded.asked_by]


def table_name(code: str) -> str:
    """Return a code as names of tables have it."""
    return code.lower().replace("-", "_")
