"""What is there, what is missing, what was refused, and what the checks found."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extras import Json

from include.serving.dashboard.operations import year_of_days
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.series import Series
from include.serving.dashboard.span import DAY, MOST_POINTS, Extent, Span
from include.serving.datasets import DeclaredDataset
from include.serving.day_state import CODE, DAY_STATES

_TOLD = {state.code: state.told for state in DAY_STATES}


@dataclass(frozen=True)
class Within:
    """When something was found that is told with a range: from an instant on, until before another. None is open."""

    from_at: datetime | None = None
    until_at: datetime | None = None

    @classmethod
    def of(cls, span: Span, held: Extent) -> "Within":
        """Return when findings belong to a span.

        What is judged of the newest periods is judged after them, and a refused row may be dated anywhen: a span
        that reaches the end of what is published is open there.
        """
        return cls(
            None if span.started_at <= held.whole.started_at else span.started_at,
            None if span.ended_at >= held.whole.ended_at else span.ended_at,
        )

    @property
    def values(self) -> dict[str, datetime | str]:
        """What PostgreSQL compares with."""
        return {"from_at": self.from_at or "-infinity", "until_at": self.until_at or "infinity"}


ALWAYS = Within()


class Measured(NamedTuple):
    """The newest values of one check, oldest first, and how many there are in all."""

    values: pa.Table
    total: int


class Rejected(NamedTuple):
    """The newest refused rows of a range, how many rows that are in the range, and how many at any time."""

    rows: list[Row]
    total: int
    ever: int


def covered(reader: Reader) -> list[DeclaredDataset]:
    """Return the declared datasets whose days are counted."""
    named = {row["dataset"] for row in reader.rows("select distinct dataset from analytics.daily_coverage")}
    return [dataset for dataset in reader.datasets() if dataset.name in named]


def coverage_of(dataset: DeclaredDataset) -> Series:
    """Return the days of a dataset; what there is of them is that of all datasets, so that a range suits them all."""
    return Series("daily_coverage", "settlement_date", DAY, ZoneInfo(dataset.time_zone or "UTC"))


def calendar(reader: Reader, dataset: str, span: Span) -> pa.Table:
    """Return one row per day of a dataset: its state, and the counts behind it."""
    first, last = span.days
    statement = sql.SQL(
        """
        select
            {place},
            %(told)s::jsonb ->> {code} as state,
            expected_half_hours, present_half_hours, missing_half_hours, not_asked_half_hours,
            known_gap_half_hours, not_yet_published_half_hours, rejected_half_hours, revised_half_hours
        from analytics.daily_coverage
        where dataset = %(dataset)s and settlement_date between %(first)s and %(last)s
        order by settlement_date
        """
    ).format(place=year_of_days.place_of("settlement_date"), code=sql.SQL(CODE))
    return reader.table(statement, {"dataset": dataset, "first": first, "last": last, "told": Json(_TOLD)})


def totals(reader: Reader, dataset: str, span: Span) -> Row:
    """Return the sums over the days of a span; half-hours that were asked for are due once later ones are published."""
    first, last = span.days
    [row] = reader.rows(
        """
        select
            count(*) as days,
            coalesce(
                sum(
                    expected_half_hours - not_asked_half_hours - known_gap_half_hours - not_yet_published_half_hours
                ), 0
            )::bigint as due,
            coalesce(sum(present_half_hours), 0)::bigint as present,
            coalesce(sum(missing_half_hours), 0)::bigint as missing,
            coalesce(sum(not_asked_half_hours), 0)::bigint as not_asked,
            coalesce(sum(known_gap_half_hours), 0)::bigint as known_gaps,
            coalesce(sum(rejected_half_hours), 0)::bigint as rejected,
            coalesce(sum(revised_half_hours), 0)::bigint as revised
        from analytics.daily_coverage
        where dataset = %(dataset)s and settlement_date between %(first)s and %(last)s
        """,
        {"dataset": dataset, "first": first, "last": last},
    )
    return row


def latest_checks(reader: Reader) -> list[Row]:
    """Return each check as it was last made, failures first."""
    return reader.rows(
        """
        select judged_at, success, severity, subject, name, column_name, observed_value #>> '{}' as observed, finding
        from ops.newest_checks
        order by success, severity, stage desc, suite, name
        """
    )


_CHECK_NAME = sql.SQL("suite || ': ' || name")
_IS_MEASURED = sql.SQL(
    "jsonb_typeof(observed_value) = 'number'"
    " and judged_at >= %(from_at)s::timestamptz and judged_at < %(until_at)s::timestamptz"
)


def measured_checks(reader: Reader, within: Within = ALWAYS) -> list[str]:
    """Return the names of the checks that measured a number."""
    statement = sql.SQL("select distinct {name} as check_name from ops.quality_results where {measured} order by 1")
    rows = reader.rows(statement.format(name=_CHECK_NAME, measured=_IS_MEASURED), within.values)
    return [row["check_name"] for row in rows]


def observed_over_time(
    reader: Reader, check_name: str, within: Within = ALWAYS, *, limit: int = MOST_POINTS
) -> Measured:
    """Return what one check measured, each value with its outcome."""
    statement = sql.SQL(
        """
        select * from (
            select
                judged_at,
                (observed_value #>> '{{}}')::double precision as observed,
                case when success then 'held' else 'failed' end as outcome,
                count(*) over () as measured
            from ops.quality_results
            where {measured} and {name} = %(check_name)s
            order by judged_at desc
            limit %(limit)s
        ) as newest
        order by judged_at
        """
    ).format(name=_CHECK_NAME, measured=_IS_MEASURED)
    table = reader.table(statement, {**within.values, "check_name": check_name, "limit": limit})
    total = table["measured"][0].as_py() if table.num_rows else 0
    return Measured(table.drop_columns(["measured"]), total)


def drift(reader: Reader) -> list[Row]:
    """Return the columns that publishers added, newest first."""
    return reader.rows(
        """
        select
            coalesce(datasets.title, dataset) as dataset, column_name, first_seen_at,
            case when is_personal then null else example end as example
        from ops.schema_drift
        inner join ops.datasets using (dataset)
        order by first_seen_at desc
        """
    )


def rejected(reader: Reader, within: Within = ALWAYS, *, limit: int = 500) -> Rejected:
    """Return rows that were refused, with their reasons, the newest first.

    A row belongs to the half-hour it speaks of; where that could not be read, to when it was refused.
    """
    is_within = """
        coalesce(observed_at, last_rejected_at) >= %(from_at)s::timestamptz
        and coalesce(observed_at, last_rejected_at) < %(until_at)s::timestamptz
    """
    ever, total = reader.row(
        sql.SQL("select count(*), count(*) filter (where {within}) from ops.rejected_rows").format(
            within=sql.SQL(is_within)
        ),
        within.values,
    )
    statement = sql.SQL(
        """
        select
            last_rejected_at, coalesce(datasets.title, dataset) as dataset, reason, observed_at, times_rejected,
            case when is_personal then null else left(payload, 500) end as payload
        from ops.rejected_rows
        inner join ops.datasets using (dataset)
        where {within}
        order by last_rejected_at desc, rejected_row_id
        limit %(limit)s
        """
    ).format(within=sql.SQL(is_within))
    return Rejected(reader.rows(statement, {**within.values, "limit": limit}), total, ever)
