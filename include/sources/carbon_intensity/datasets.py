"""What the API publishes: intensity and mix of Great Britain, those of 18 regions, and the factors behind them."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from include.ingestion.dataset import Dataset, Shown, SourceRecord, Storage
from include.ingestion.limits import Edge, Limit, Limits
from include.ingestion.nested import within
from include.ingestion.window import as_utc
from include.settlement import HALF_HOUR, starts_half_hour
from include.sources.carbon_intensity import api

# Burning nothing but lignite gives some 1,200 g/kWh.
Intensity: TypeAlias = Annotated[int, Meta(ge=0, le=1_500)]
# What lies further out is no share of anything; the marts are judged by 0 to 100.
Share: TypeAlias = Annotated[float, Meta(ge=-1_000, le=1_000)]
Index: TypeAlias = Literal["very low", "low", "moderate", "high", "very high"]


class HalfHour(SourceRecord, frozen=True, kw_only=True):
    """A half-hour, by its start and its end (UTC)."""

    period_started_at: datetime = field(name="from")
    period_ended_at: datetime = field(name="to")

    def __post_init__(self) -> None:
        started_at = as_utc(self.period_started_at)
        if not starts_half_hour(started_at) or as_utc(self.period_ended_at) != started_at + HALF_HOUR:
            raise ValueError("Expected a half-hour - at `$.from`")


class National(HalfHour, frozen=True, kw_only=True):
    """Intensity of Great Britain (g CO2 per kWh consumed): as last foreseen, and as measured since."""

    forecast_g_per_kwh: Intensity | None = field(name="intensity.forecast")
    actual_g_per_kwh: Intensity | None = field(name="intensity.actual")
    intensity_index: Index = field(name="intensity.index")


class Mix(HalfHour, frozen=True, kw_only=True):
    """Shares of what is consumed (percent), rounded to 0.1."""

    biomass_pct: Share = field(name="generationmix.biomass")
    coal_pct: Share = field(name="generationmix.coal")
    imports_pct: Share = field(name="generationmix.imports")
    gas_pct: Share = field(name="generationmix.gas")
    nuclear_pct: Share = field(name="generationmix.nuclear")
    other_pct: Share = field(name="generationmix.other")
    hydro_pct: Share = field(name="generationmix.hydro")
    solar_pct: Share = field(name="generationmix.solar")
    wind_pct: Share = field(name="generationmix.wind")


class Regional(Mix, frozen=True, kw_only=True):
    """Intensity and mix of a region, as last foreseen."""

    region_id: Annotated[int, Meta(ge=1, le=99)] = field(name="regionid")
    published_region: str = field(name="shortname")
    published_network: str = field(name="dnoregion")
    forecast_g_per_kwh: Intensity | None = field(name="intensity.forecast")
    intensity_index: Index = field(name="intensity.index")


class Factor(SourceRecord, frozen=True, kw_only=True):
    """What a fuel gives off (g CO2 per kWh); of imports, where the day's own cannot be worked out."""

    fuel: str
    factor_g_per_kwh: Intensity = field(name="factor")


def _limits(most_withdrawn: int, known_gaps: str | None = None) -> Limits:
    return Limits(
        rejected_share=Limit(0.05, "one half-hour of April 2021 is told twice, which is 4 % of its day"),
        withdrawn_keys=Limit(most_withdrawn, "nothing was ever seen to be withdrawn; more are a short answer"),
        fills_gaps=False,
        known_gaps=known_gaps,
        edge=Edge(HALF_HOUR, timedelta(0), "a range begins with the half-hour that ends where it is to begin"),
        look_back=api.REVISED_FOR,
    )


_of_half_hours = partial(
    Dataset, publisher=api.PUBLISHER, window_column="period_started_at", first_at=datetime(2018, 1, 1, tzinfo=UTC)
)
_shown = partial(
    Shown,
    time_column="period_started_at",
    step=HALF_HOUR,
    # The longest outage that was told of took two days (October 2023), others half a day.
    warn_after=timedelta(hours=3),
    critical_after=timedelta(hours=12),
)

NATIONAL = _of_half_hours(
    table="raw.carbon_intensity_national",
    title="Carbon intensity of Great Britain",
    record=National,
    key=("period_started_at",),
    fetch=api.half_hours("intensity", iter, is_foreseen=True),
    limits=_limits(4, "reference.carbon_intensity_known_gaps"),
    routine=api.until_foreseen,
    named=api.known_of,
    shown=_shown("half_hourly_carbon_intensity", measured_column="actual_g_per_kwh"),
)
GENERATION = _of_half_hours(
    table="raw.carbon_intensity_generation",
    title="Supply mix of Great Britain",
    record=Mix,
    key=("period_started_at",),
    fetch=api.half_hours("generation", iter, is_foreseen=False),
    limits=_limits(4),
    routine=api.until_now,
    named=api.measured_of,
    shown=_shown("half_hourly_supply_mix"),
)
REGIONAL = _of_half_hours(
    table="raw.carbon_intensity_regional",
    title="Carbon intensity of 18 regions",
    record=Regional,
    key=("period_started_at", "region_id"),
    fetch=api.half_hours("regional/intensity", partial(within, name="regions"), is_foreseen=True),
    limits=_limits(4 * 18),
    routine=api.until_foreseen,
    named=api.known_of,
    storage=Storage.TYPED_VERSIONS,
    # Region 6 is spelt in two ways.
    unhashed=("published_region", "published_network"),
    # It is foreseen for two days, and never measured: stale is what ends before now.
    shown=_shown("half_hourly_regional_carbon_intensity"),
)
FACTORS = Dataset(
    table="raw.carbon_intensity_factors",
    title="Carbon intensity factors",
    publisher=api.PUBLISHER,
    record=Factor,
    key=("fuel",),
    fetch=api.fetch_factors,
    limits=Limits(withdrawn_keys=Limit(3, "of 14 fuels; more are a short answer")),
    routine=api.once_a_day,
    shown=Shown("carbon_factors"),
)
