"""NESO's generation mix against Elexon's outturn by fuel: what they differ by, what has a name, and what is left."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard import fuels
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import Series, mean, over_time
from include.serving.dashboard.span import Interval, Span
from include.settlement import HALF_HOUR, LONDON

# The parts of a difference: their columns and names.
PARTS = (
    ("embedded_mw", "Embedded"),
    ("pumping_mw", "Pumping"),
    ("exports_mw", "Exports"),
    ("residual_mw", "Left unexplained"),
)
SOURCES = Series(
    "source_reconciliation",
    "period_started_at",
    HALF_HOUR,
    LONDON,
    tuple(mean(column) for column in ("neso_mw", "elexon_mw", "difference_mw", *(column for column, _ in PARTS))),
    day_column="settlement_date",
)
FUEL_NAMES = {**{fuel.code: fuel.name for fuel in fuels.STACK}, "unknown": "Unknown codes"}
LARGEST = 20
# Residuals are counted in steps of so many MW; those beyond the last step are counted with it.
STEP_MW, LAST_STEP_MW = 100, 1500

_OF_ALL_FUELS = """(
    select
        period_started_at, settlement_date, sum(neso_mw) as neso_mw, sum(elexon_mw) as elexon_mw,
        sum(difference_mw) as difference_mw, sum(embedded_mw) as embedded_mw, sum(pumping_mw) as pumping_mw,
        sum(exports_mw) as exports_mw, sum(residual_mw) as residual_mw
    from analytics.source_reconciliation
    where period_started_at >= %(started_at)s and period_started_at < %(ended_at)s
    group by period_started_at, settlement_date
) as of_all_fuels"""


def over_range(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return one row per interval, oldest first: both totals, their difference and its parts (mean MW)."""
    return over_time(reader, SOURCES, span.whole(interval), interval, relation=sql.SQL(_OF_ALL_FUELS))


def by_fuel(reader: Reader, span: Span) -> pa.Table:
    """Return for each fuel the means over a span (MW), and how large the residual is; the most unlike first."""
    statement = sql.SQL(
        """
        select
            fuel_code,
            count(*)::integer as half_hours,
            avg(neso_mw) as neso_mw,
            avg(elexon_mw) as elexon_mw,
            avg(difference_mw) as difference_mw,
            avg(embedded_mw) as embedded_mw,
            avg(pumping_mw) as pumping_mw,
            avg(exports_mw) as exports_mw,
            avg(residual_mw) as residual_mw,
            avg(abs(residual_mw)) as mean_absolute_residual_mw
        from analytics.source_reconciliation
        where {within}
        group by fuel_code
        order by avg(abs(difference_mw)) desc, fuel_code
        """
    ).format(within=SOURCES.within())
    return _named(reader.table(statement, SOURCES.bounds(span)))


def distribution(reader: Reader, span: Span) -> pa.Table:
    """Return how many half-hours of each fuel have which residual, in steps (MW); those of nearly none are left out."""
    statement = sql.SQL(
        """
        select
            greatest(-%(last)s, least(%(last)s, round(residual_mw / %(step)s) * %(step)s))::integer as residual_mw,
            fuel_code,
            count(*)::integer as half_hours
        from analytics.source_reconciliation
        where {within} and abs(residual_mw) > %(step)s / 2.0
        group by 1, 2
        order by 1, 2
        """
    ).format(within=SOURCES.within())
    values = {**SOURCES.bounds(span), "step": STEP_MW, "last": LAST_STEP_MW}
    return _named(reader.table(statement, values))


@dataclass(frozen=True)
class Spread:
    """How large residuals of a span are (MW): how many there are, and how many are of nearly none or suspect."""

    figures: int
    nearly_none: int
    suspect: int
    mean_absolute_mw: float


def spread(reader: Reader, span: Span) -> Spread | None:
    """Return how large the residuals of a span are; None where it has none."""
    statement = sql.SQL(
        """
        select
            count(*) as figures,
            count(*) filter (where abs(residual_mw) <= %(step)s / 2.0) as nearly_none,
            count(*) filter (where is_suspect) as suspect,
            avg(abs(residual_mw)) as mean_absolute_mw
        from analytics.source_reconciliation
        where {within}
        """
    ).format(within=SOURCES.within())
    [row] = reader.rows(statement, {**SOURCES.bounds(span), "step": STEP_MW})
    return Spread(**row) if row["figures"] else None


@dataclass(frozen=True)
class Residual:
    """A fuel of a half-hour of which much is left (MW)."""

    period_started_at: datetime
    fuel_code: str
    neso_mw: float | None
    elexon_mw: float | None
    residual_mw: float
    is_suspect: bool


def largest(reader: Reader, span: Span) -> list[Residual]:
    """Return the largest residuals of a span, the largest first."""
    statement = sql.SQL(
        """
        select period_started_at, fuel_code, neso_mw, elexon_mw, residual_mw, is_suspect
        from analytics.source_reconciliation
        where {within}
        order by abs(residual_mw) desc, period_started_at, fuel_code
        limit %(most)s
        """
    ).format(within=SOURCES.within())
    return [Residual(**row) for row in reader.rows(statement, {**SOURCES.bounds(span), "most": LARGEST})]


def _named(table: pa.Table) -> pa.Table:
    names = [FUEL_NAMES.get(code, code) for code in table["fuel_code"].to_pylist()]
    return table.append_column("fuel", pa.array(names, pa.string()))
