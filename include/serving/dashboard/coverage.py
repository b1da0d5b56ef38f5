"""What is there, what is missing, what was refused, and what the checks found."""

import pyarrow as pa

from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Span

# In the order in which a day that is several things at once is drawn: the gravest first.
STATES = (
    ("rejected", "Rows rejected", "#882255"),
    ("missing", "Half-hours missing", "#d55e00"),
    ("revised", "Complete, revised since", "#56b4e9"),
    ("complete", "Complete", "#009e73"),
    ("partial", "Not over yet", "#c8c8c8"),
)


def calendar(reader: Reader, span: Span) -> pa.Table:
    """Return one row per day: its state, and the counts behind it."""
    first, last = span.days
    return reader.table(
        """
        select
            extract(year from settlement_date)::integer as year,
            -- Weeks begin on Monday; the first one of a year holds its first day.
            ceil((extract(doy from settlement_date) + extract(isodow from date_trunc('year', settlement_date)) - 1) / 7)
            ::integer as week,
            to_char(settlement_date, 'Dy') as weekday,
            to_char(settlement_date, 'Dy FMDD Mon YYYY') as "when",
            case
                when rejected_half_hours > 0 then 'Rows rejected'
                when missing_half_hours > 0 then 'Half-hours missing'
                when not_yet_published_half_hours > 0 then 'Not over yet'
                when revised_half_hours > 0 then 'Complete, revised since'
                else 'Complete'
            end as state,
            expected_half_hours, present_half_hours, missing_half_hours, not_yet_published_half_hours,
            rejected_half_hours, revised_half_hours
        from analytics.daily_coverage
        where settlement_date between %(first)s and %(last)s
        order by settlement_date
        """,
        {"first": first, "last": last},
    )


def totals(reader: Reader, span: Span) -> Row:
    """Return the sums over the days of a span."""
    first, last = span.days
    [row] = reader.rows(
        """
        select
            count(*) as days,
            coalesce(sum(expected_half_hours), 0)::bigint as expected,
            coalesce(sum(present_half_hours), 0)::bigint as present,
            coalesce(sum(missing_half_hours), 0)::bigint as missing,
            coalesce(sum(rejected_half_hours), 0)::bigint as rejected,
            coalesce(sum(revised_half_hours), 0)::bigint as revised
        from analytics.daily_coverage
        where settlement_date between %(first)s and %(last)s
        """,
        {"first": first, "last": last},
    )
    return row


def latest_checks(reader: Reader) -> list[Row]:
    """Return each check as it was last made, failures first."""
    return reader.rows(
        """
        select * from (
            select distinct on (stage, subject, expectation, column_name)
                judged_at, success, severity, stage, subject, expectation, column_name,
                observed_value #>> '{}' as observed, details ->> 'finding' as finding
            from ops.quality_results
            order by stage, subject, expectation, column_name, judged_at desc
        ) as latest
        order by success, severity, stage desc, subject, expectation
        """
    )


def observed_over_time(reader: Reader) -> pa.Table:
    """Return every measured value that is one number, with the check that measured it, oldest first."""
    return reader.table(
        """
        select
            judged_at,
            subject || ': ' || expectation || coalesce(' of ' || column_name, '') as check_name,
            (observed_value #>> '{}')::double precision as observed,
            case when success then 'held' else 'failed' end as outcome
        from (
            select * from ops.quality_results
            where jsonb_typeof(observed_value) = 'number'
            order by judged_at desc
            limit 5000
        ) as newest
        order by judged_at
        """
    )


def drift(reader: Reader) -> list[Row]:
    """Return the columns that publishers added, newest first."""
    return reader.rows(
        "select dataset, column_name, first_seen_at, example from ops.schema_drift order by first_seen_at desc"
    )


def rejected(reader: Reader, *, limit: int = 500) -> list[Row]:
    """Return the rows that were refused, with their reasons, newest first."""
    return reader.rows(
        """
        select last_rejected_at, dataset, reason, observed_at, times_rejected, left(payload, 500) as payload
        from ops.rejected_rows
        order by last_rejected_at desc
        limit %(limit)s
        """,
        {"limit": limit},
    )
