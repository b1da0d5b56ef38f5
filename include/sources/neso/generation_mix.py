"""NESO's Historic GB Generation Mix: average power by fuel and carbon intensity, per half-hour since 2009.

https://www.neso.energy/data-portal/historic-generation-mix
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from include.ingestion.dataset import Dataset, Page, Shown, SourceRecord
from include.ingestion.errors import DamagedAnswerError, SchemaChangedError
from include.ingestion.http import ApiClient
from include.ingestion.limits import Limit, Limits
from include.ingestion.window import Window, as_utc
from include.settlement import HALF_HOUR, half_hour_at_or_after, starts_half_hour
from include.sources.neso import portal
from include.sources.neso.portal import Table

log = logging.getLogger(__name__)

RESOURCE_ID = "f93d1835-75bc-43e5-84ad-12472b180a98"
FIRST_AT = datetime(2009, 1, 1, tzinfo=UTC)
# 9,600 rows, some 14 MB: NESO would send more, but may one day cut at CKAN's 32,000.
PAGE_SPAN = timedelta(days=200)
# Copies from before then may lack the two WIND_EMB columns; no later one does.
SPLIT_SINCE = datetime(2025, 4, 1, tzinfo=UTC)
SPLIT_COLUMNS = frozenset({"WIND_EMB", "WIND_EMB_perc"})
NUMBER_TYPES = frozenset({"numeric", "int", "int2", "int4", "int8", "float4", "float8"})
TIME_TYPES = frozenset({"timestamp", "timestamptz", "text"})

# Net-negative values are cut to zero by NESO; GB's whole fleet is about 100 GW.
Power: TypeAlias = Annotated[float, Meta(ge=0, le=150_000)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=100)]
# ZERO_CARBON_perc fits no definition and nothing keeps it below 100.
LooseShare: TypeAlias = Annotated[float, Meta(ge=0, le=200)]
# Burning nothing but lignite gives some 1,200 g/kWh.
Intensity: TypeAlias = Annotated[float, Meta(ge=0, le=1_500)]


class GenerationMix(SourceRecord, frozen=True, kw_only=True):
    """One half-hour, named by its start in UTC: MW by fuel, percent of the total, and g of CO2 per kWh."""

    period_started_at: datetime = field(name="DATETIME")
    gas_mw: Power = field(name="GAS")
    coal_mw: Power = field(name="COAL")
    nuclear_mw: Power = field(name="NUCLEAR")
    wind_mw: Power = field(name="WIND")
    embedded_wind_mw: Power | UnsetType = field(name="WIND_EMB", default=UNSET)
    hydro_mw: Power = field(name="HYDRO")
    imports_mw: Power = field(name="IMPORTS")
    biomass_mw: Power = field(name="BIOMASS")
    other_mw: Power = field(name="OTHER")
    solar_mw: Power = field(name="SOLAR")
    storage_mw: Power = field(name="STORAGE")
    generation_mw: Power = field(name="GENERATION")
    carbon_intensity_g_per_kwh: Intensity = field(name="CARBON_INTENSITY")
    low_carbon_mw: Power = field(name="LOW_CARBON")
    zero_carbon_mw: Power = field(name="ZERO_CARBON")
    renewable_mw: Power = field(name="RENEWABLE")
    fossil_mw: Power = field(name="FOSSIL")
    gas_pct: Share = field(name="GAS_perc")
    coal_pct: Share = field(name="COAL_perc")
    nuclear_pct: Share = field(name="NUCLEAR_perc")
    wind_pct: Share = field(name="WIND_perc")
    embedded_wind_pct: Share | UnsetType = field(name="WIND_EMB_perc", default=UNSET)
    hydro_pct: Share = field(name="HYDRO_perc")
    imports_pct: Share = field(name="IMPORTS_perc")
    biomass_pct: Share = field(name="BIOMASS_perc")
    other_pct: Share = field(name="OTHER_perc")
    solar_pct: Share = field(name="SOLAR_perc")
    storage_pct: Share = field(name="STORAGE_perc")
    generation_pct: Share = field(name="GENERATION_perc")
    low_carbon_pct: Share = field(name="LOW_CARBON_perc")
    zero_carbon_pct: LooseShare = field(name="ZERO_CARBON_perc")
    renewable_pct: Share = field(name="RENEWABLE_perc")
    fossil_pct: Share = field(name="FOSSIL_perc")

    def __post_init__(self) -> None:
        period = as_utc(self.period_started_at)
        if not starts_half_hour(period):
            raise ValueError("Expected the start of a half-hour - at `$.DATETIME`")
        msgspec.structs.force_setattr(self, "period_started_at", period)
        if (self.embedded_wind_mw is UNSET) is not (self.embedded_wind_pct is UNSET):
            raise ValueError("Expected both WIND_EMB and WIND_EMB_perc, or neither")
        if self.embedded_wind_mw is UNSET and period >= SPLIT_SINCE:
            raise ValueError("Object missing required field `WIND_EMB`")


_COLUMNS = {each.encode_name for each in msgspec.structs.fields(GenerationMix)}


class _Stamp(msgspec.Struct, frozen=True):
    at: datetime = field(name="DATETIME")


def last_modified(client: ApiClient) -> str:
    """Return when NESO last changed the dataset, as text."""
    return portal.last_modified(client, RESOURCE_ID)


def fetch_generation_mix(client: ApiClient, window: Window) -> Iterator[Page]:
    """Yield the window's half-hours, a page of at most 200 days at a time.

    Raises DamagedAnswerError where a half-hour is missing before the newest one received, SchemaChangedError where
    a known column is missing or has another type, and what `ApiClient.get` does.
    """
    pages = list(window.pages(PAGE_SPAN))
    check = _Check(window, half_hour_at_or_after(max(window.start, FIRST_AT)))
    for number, page in enumerate(pages, start=1):
        table = portal.select_window(
            client, RESOURCE_ID, page, time_column="DATETIME", check=partial(check.accept, page)
        )
        log.info("page %d of %d, %s: %s rows", number, len(pages), page, f"{len(table.records):,}")
        yield table.records


@dataclass
class _Check:
    """Looks through one page after the other. `expected_at` is the half-hour that must come next."""

    window: Window
    expected_at: datetime

    def accept(self, page: Window, table: Table) -> None:
        """Go on behind the page's newest half-hour. Raises what `fetch_generation_mix` does, and stays where it was."""
        if not table.records:
            return
        _refuse_changed_columns(table, self.window)
        stamps = _stamps(table, page)
        if stamps:
            _refuse_gaps(stamps, len(table.records) - len(stamps), self.expected_at)
            self.expected_at = max(self.expected_at, max(stamps) + HALF_HOUR)


def _refuse_changed_columns(table: Table, window: Window) -> None:
    """Raise SchemaChangedError, naming the columns, where one we know is missing or is no number any more."""
    types = {column.name: column.type for column in table.fields}
    missing = _COLUMNS - types.keys()
    if missing == SPLIT_COLUMNS and window.end <= SPLIT_SINCE:
        missing = set()
    if missing:
        new = sorted(types.keys() - _COLUMNS - set(TRANSPORT_COLUMNS))
        raise SchemaChangedError(f"NESO no longer sends {_listed(missing)}" + (f"; new: {_listed(new)}" if new else ""))
    retyped = {name: kind for name, kind in types.items() if name in _COLUMNS and kind not in _known_types(name)}
    # Numbers under a column of text are as good as numbers; words there are not.
    text = {name for name, kind in retyped.items() if kind == "text" and _holds_number(table.records[0], name)}
    if retyped.keys() - text:
        changes = _listed(f"{name} (now {retyped[name]})" for name in retyped.keys() - text)
        raise SchemaChangedError(f"NESO changed the type of {changes}")


def _known_types(column: str) -> frozenset[str]:
    return TIME_TYPES if column == "DATETIME" else NUMBER_TYPES


def _holds_number(row: msgspec.Raw, column: str) -> bool:
    try:
        float(msgspec.json.decode(row)[column])
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError):
        return False
    return True


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _refuse_gaps(stamps: list[datetime], unread: int, expected_at: datetime) -> None:
    """Raise DamagedAnswerError where a half-hour is missing before the newest one received.

    A row whose DATETIME cannot be read may be any of the missing ones; it is refused at the door.
    """
    newest, present = max(stamps), set(stamps)
    missing = (newest - expected_at) // HALF_HOUR + 1 - len(present)
    if missing > unread:
        while expected_at in present:
            expected_at += HALF_HOUR
        raise DamagedAnswerError(
            f"NESO's answer lacks {missing:,} half-hours before its newest, {newest:%Y-%m-%d %H:%M} UTC; "
            f"the first is {expected_at:%Y-%m-%d %H:%M}"
        )


def _stamps(table: Table, page: Window) -> list[datetime]:
    """Return the half-hours of a page's rows, as far as they can be read and lie within the page."""
    return [stamp for stamp in map(_stamp, table.records) if stamp is not None and stamp in page]


def _stamp(row: msgspec.Raw) -> datetime | None:
    try:
        return as_utc(msgspec.json.decode(row, type=_Stamp).at)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return None


TRANSPORT_COLUMNS = ("_id", "_full_text", "_count")

GENERATION_MIX = Dataset(
    table="raw.neso_generation_mix",
    title="Historic GB Generation Mix",
    publisher=portal.NESO,
    record=GenerationMix,
    key=("period_started_at",),
    window_column="period_started_at",
    fetch=fetch_generation_mix,
    edition=last_modified,
    first_at=FIRST_AT,
    limits=Limits(
        withdrawn_keys=Limit(48, "a day; more at once has never been seen, and means an answer that is not whole"),
        look_back=timedelta(days=100),
    ),
    transport_columns=TRANSPORT_COLUMNS,
    shown=Shown(
        table="half_hourly_generation",
        time_column="period_started_at",
        step=HALF_HOUR,
        # NESO's newest half-hour is normally 1.2 to 2.4 hours old; on one day of 71 nothing had come for 32 hours, and
        # all of it came the day after (recorded in spring 2026).
        warn_after=timedelta(hours=26),
        critical_after=timedelta(hours=36),
    ),
)
