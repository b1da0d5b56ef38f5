"""What is held of smart meters: readings, and who was on which tariff by the retailer's reference database."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, field

from include.ingestion.dataset import Dataset, Page, Publisher, Shown, SourceRecord, Storage, ToldIn
from include.ingestion.due import Occasion
from include.ingestion.limits import Limit, Limits
from include.ingestion.scope import Scope, SettlementDays, Snapshot
from include.settlement import HALF_HOUR
from include.sources.smart_meter import reference

RETAILER = Publisher(
    name="smart_meter",
    title="Smart meters",
    url="",
    attribution="Readings and agreements: your own meters and customers",
    licence="Personal data, under the UK GDPR",
    licence_url="https://www.legislation.gov.uk/eur/2016/679/contents",
)
# A number of raw.pseudonyms.
MeterNumber: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]
ProductId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]


class MeterReading(SourceRecord, frozen=True, kw_only=True):
    """What a meter counted in a half-hour (kWh)."""

    meter_number: MeterNumber
    period_started_at: datetime
    consumption_kwh: Decimal


class Agreement(SourceRecord, frozen=True, kw_only=True):
    """Who is responsible for a meterpoint, and on which tariff: from a day on, until a day comes."""

    agreement_id: int
    meter_number: MeterNumber
    product_id: ProductId
    account_id: Annotated[str, Meta(max_length=100)]
    valid_from: date = field(name="agreement_valid_from")
    valid_to: date | None = field(name="agreement_valid_to")

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("Ends before it begins - at `$.agreement_valid_to`")


class Product(SourceRecord, frozen=True, kw_only=True):
    """A tariff."""

    product_id: ProductId
    product_name: Annotated[str, Meta(max_length=500)] = field(name="display_name")
    is_variable: bool
    product_number: int = field(name="id")


class Meterpoint(SourceRecord, frozen=True, kw_only=True):
    """Where a meter is connected: the region of its distribution network."""

    meter_number: MeterNumber
    region: Annotated[str, Meta(max_length=200)]


class ReferenceDate(SourceRecord, frozen=True, kw_only=True):
    """A day that somebody asked for."""

    reference_date: date


def all_there_is(_: Occasion, __: Any) -> list[Scope]:
    """Return what a run asks the reference for."""
    return [Snapshot()]


def asked_date(_: Any, scope: SettlementDays) -> Iterator[Page]:
    """Yield the day that somebody asked for."""
    yield msgspec.json.encode([{"reference_date": scope.first}])


def nothing(_: Any, __: Scope) -> Iterator[Page]:
    """Yield nothing: readings come in files."""
    return iter(())


_of_meters = partial(Dataset, publisher=RETAILER, storage=Storage.TYPED_VERSIONS, is_personal=True)
_of_reference = partial(
    _of_meters,
    routine=all_there_is,
    limits=Limits(
        rejected_share=Limit(0.01, "more than a few mean that the contract changed"),
        withdrawn_keys=Limit(5, "agreements end, tariffs close and meters move, but rows are rarely deleted"),
        withdrawn_share=Limit(0.05, "a snapshot that lost more was taken while the database was being filled"),
    ),
)

READINGS = _of_meters(
    table="raw.smart_meter_readings",
    title="Half-hourly readings of smart meters",
    record=MeterReading,
    key=("meter_number", "period_started_at"),
    window_column="period_started_at",
    person="meter_number",
    told_in=tuple(
        ToldIn(table, "meter_pseudonym", "consumption_date")
        for table in ("daily_meter_consumption", "daily_meter_consumption_versions", "consumption_without_agreement")
    ),
    fetch=nothing,
    is_hashed=False,
    limits=Limits(
        rejected_share=Limit(0.5, "a meter may be out for hours; where most is wrong, the file is"),
        withdrawn_keys=Limit(48, "a correction withdraws a day at most"),
        may_be_empty=True,
        fills_gaps=False,
        answer_bytes=Limit(8 << 20, "a year of one meter is 900 kB"),
    ),
    shown=Shown(table="half_hourly_consumption", time_column="period_started_at", step=HALF_HOUR),
)
AGREEMENTS = _of_reference(
    table="raw.smart_meter_agreements",
    title="Agreements of smart meters",
    record=Agreement,
    key=("agreement_id",),
    person="meter_number",
    fetch=reference.agreements,
)
PRODUCTS = _of_reference(
    table="raw.smart_meter_products",
    title="Tariffs of smart meters",
    record=Product,
    key=("product_id",),
    fetch=reference.products,
    is_personal=False,
)
METERPOINTS = _of_reference(
    table="raw.smart_meter_meterpoints",
    title="Meterpoints and their regions",
    record=Meterpoint,
    key=("meter_number",),
    person="meter_number",
    fetch=reference.meterpoints,
)
REFERENCE_DATES = _of_meters(
    table="raw.smart_meter_reference_dates",
    title="Days that active agreements were asked for",
    record=ReferenceDate,
    key=("reference_date",),
    window_column="reference_date",
    fetch=asked_date,
    is_personal=False,
    limits=Limits(withdrawn_keys=Limit(0, "what was asked for stays so"), may_be_empty=True),
)
