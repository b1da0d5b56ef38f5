"""Our own forecasts as a dataset: insert-only, each with what was known when it was made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta
from psycopg2 import sql

from include.ingestion.columns import Json
from include.ingestion.dataset import Dataset, Page, Publisher, Shown, SourceRecord, Storage
from include.ingestion.limits import Limit, Limits

PUBLISHER = Publisher(
    name="forecasts",
    title="Gridloom's forecasts",
    url="",
    attribution="Forecasts by Gridloom",
    licence="Apache License 2.0",
    licence_url="https://www.apache.org/licenses/LICENSE-2.0",
)
# What each target is made of. Its rows stand in the staging view stg_forecasts__actual_versions.
INPUTS = {
    "demand": "elexon_indo",
    "wind": "elexon_fuelhh",
    "solar": "neso_generation_mix",
    "gas": "elexon_fuelhh",
    "carbon": "carbon_intensity_national",
}
# What publishers foresee of the same, for comparison.
PUBLISHED_FORECASTS = ("elexon_ndf", "elexon_windfor")

Quantile = Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]


class Forecast(SourceRecord, frozen=True, kw_only=True):
    """What a model foresaw of a half-hour, in the unit of its target (MW, g/kWh)."""

    origin_at: datetime
    target: str
    model: str
    period_started_at: datetime
    model_version: str
    quantile_10: Quantile
    quantile_50: Quantile
    quantile_90: Quantile
    inputs: Json
    """For each dataset that was read: the last version of it, when that was known, and how far it reached."""


@dataclass(frozen=True)
class Origin:
    """The instant for which forecasts are made, from what was known then."""

    at: datetime
    is_named: bool = False
    """Whether somebody named it; else a target is left out of which nothing has come since its newest origin."""
    covers: None = None

    def __str__(self) -> str:
        return f"origin {self.at.isoformat()}"

    def fields(self, column: str | None) -> tuple[str, ...]:
        """Return the field of the origin."""
        return ("origin_at",)

    def holds(self, record: Any, column: str | None) -> bool:
        """Tell whether a forecast is of this origin."""
        return bool(record.origin_at == self.at)

    def instant(self, record: Any, column: str | None) -> datetime | None:
        """Return None: it has no edge."""
        return None

    def condition(self, column: str | None) -> sql.Composable:
        """Return the condition that a row is of this origin."""
        return sql.SQL("origin_at = {}").format(sql.Literal(self.at))


def fetch(forecaster: Any, origin: Origin) -> Iterator[Page]:
    """Yield what each model makes of each target, a page for each."""
    yield from forecaster.forecast(origin)


FORECASTS = Dataset(
    table="raw.forecasts",
    title="Forecasts",
    publisher=PUBLISHER,
    record=Forecast,
    key=("origin_at", "target", "model", "period_started_at"),
    fetch=fetch,
    limits=Limits(
        rejected_share=Limit(0, "what a model gives is checked before it is kept"),
        withdrawn_keys=Limit(0, "a forecast is never taken back"),
        may_be_empty=True,
    ),
    window_column="origin_at",
    storage=Storage.TYPED_VERSIONS,
    is_final=True,
    shown=Shown("half_hourly_forecasts"),
)
