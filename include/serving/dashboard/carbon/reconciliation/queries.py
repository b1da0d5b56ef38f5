"""Three sources of one figure set against each other, half-hour by half-hour: NESO's, the API's, and ours."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, mean, over_time
from include.serving.dashboard.span import Interval, Span
from include.settlement import HALF_HOUR, LONDON


@dataclass(frozen=True)
class Comparison:
    """A figure less the API's actual, and the parts that make this difference (columns and names)."""

    name: str
    column: str
    parts: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the difference and of its parts."""
        return (self.column, *(column for column, _ in self.parts))


NESO = Comparison(
    "NESO less API",
    "neso_less_api_g_per_kwh",
    (
        ("neso_revision_g_per_kwh", "Revised by NESO since it first published"),
        ("neso_rounding_g_per_kwh", "Rounding to whole grams"),
        ("neso_residual_g_per_kwh", "Left unexplained"),
    ),
)
OURS = Comparison(
    "Ours less API",
    "computed_less_api_g_per_kwh",
    (
        ("import_factors_g_per_kwh", "Import factors other than the default"),
        ("computed_rounding_g_per_kwh", "Rounding to whole grams"),
        ("computed_residual_g_per_kwh", "Left unexplained"),
    ),
)
COMPARISONS = (NESO, OURS)
SOURCES = ("neso_g_per_kwh", "api_g_per_kwh", "computed_g_per_kwh")
RECONCILIATION = Series(
    "carbon_source_reconciliation",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    tuple(mean(column) for column in (*SOURCES, *NESO.columns, *OURS.columns)),
    day_column="settlement_date",
)


def over_range(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: the three figures, differences and parts (g CO2 per kWh, means)."""
    return over_time(reader, RECONCILIATION, span.whole(interval), interval)


@dataclass(frozen=True)
class Summary:
    """What a comparison comes to over a span (g CO2 per kWh); figures are None where nothing was compared."""

    half_hours: int
    equal: int
    """Half-hours that do not differ by half a gram."""
    mean_absolute: float | None
    mean_signed: float | None
    largest: float | None
    largest_at: datetime | None
    mean_parts: tuple[float | None, ...]
    """Of the signed mean, in the order of the comparison's parts."""


def summary(reader: Reader, span: Span, comparison: Comparison) -> Summary:
    """Return what a comparison comes to over the half-hours of a span that both sources have."""
    statement = sql.SQL(
        """
        select
            count(*), count(*) filter (where abs({difference}) < 0.5), avg(abs({difference})), avg({difference}),
            (array_agg({difference} order by abs({difference}) desc, period_started_at))[1],
            (array_agg(period_started_at order by abs({difference}) desc, period_started_at))[1],
            {parts}
        from analytics.carbon_source_reconciliation
        where {within} and {difference} is not null
        """
    ).format(
        difference=sql.Identifier(comparison.column),
        parts=sql.SQL(", ").join(sql.SQL("avg({})").format(sql.Identifier(column)) for column, _ in comparison.parts),
        within=RECONCILIATION.within(),
    )
    half_hours, equal, absolute, signed, largest, largest_at, *parts = reader.row(
        statement, RECONCILIATION.bounds(span)
    )
    return Summary(half_hours, equal, absolute, signed, largest, largest_at, tuple(parts))
