"""Raw: the half-hours that were asked for, from the first to the newest. A grid without holes."""

from include.quality.asked import asked_spans, unreadable_rejects
from include.quality.expectations import gxe
from include.quality.subject import Subject


def raw_half_hours(dataset: str) -> Subject:
    """Return every half-hour the pending runs asked for, with how it stands in raw, and what must hold of them.

    It stands as `living`, `withdrawn`, `rejected`, `missing`, or, after the newest one, `not yet published`.
    """
    return Subject(
        suite=f"raw.{dataset}.half_hours",
        table=f"raw.{dataset}",
        key=("period_started_at",),
        query=_query(dataset),
        expectations=EXPECTATIONS,
    )


EXPECTATIONS = (
    gxe.ExpectColumnValuesToNotBeInSet(
        column="standing",
        value_set=["missing", "withdrawn"],
        description="no half-hour is missing before the newest",
        notes="NESO fills its gaps, so a hole is a short answer. At the end there may be one: it publishes as it goes.",
    ),
    gxe.ExpectColumnValuesToNotBeInSet(
        column="standing",
        value_set=["rejected"],
        severity="warning",
        description="no half-hour is missing because its row was refused",
        notes="Refused rows stand in ops.rejected_rows, and a run goes on with up to 1 % of them.",
    ),
)


def _query(dataset: str) -> str:
    # An index look-up per half-hour: reading all versions of a span would cost as many rows as there were revisions.
    return f"""
        with spans as materialized ({asked_spans(dataset)}),

        half_hours as (
            select
                spans.started_at as span_started_at,
                half_hour.period_started_at,
                latest.is_living,
                max(half_hour.period_started_at) filter (where latest.is_living)
                    over (partition by spans.started_at) as newest_of_span
            from spans
            cross join lateral generate_series(
                -- The first half-hour that starts within the span, and is not before all that is held.
                date_bin(
                    interval '30 minutes',
                    greatest(spans.started_at, (select min(period_started_at) from raw.{dataset}))
                    + interval '30 minutes' - interval '1 microsecond',
                    timestamptz 'epoch'
                ),
                spans.ended_at - interval '1 microsecond',
                interval '30 minutes'
            ) as half_hour (period_started_at)
            left join lateral (
                select version.content_hash is not null as is_living
                from raw.{dataset} as version
                where version.period_started_at = half_hour.period_started_at
                order by version.version_id desc
                limit 1
            ) as latest on true
        ),

        newest as (
            select version.period_started_at
            from raw.{dataset} as version
            where
                version.content_hash is not null
                and version.version_id = (
                    select max(latest.version_id) from raw.{dataset} as latest
                    where latest.period_started_at = version.period_started_at
                )
            order by version.period_started_at desc
            limit 1
        ),

        refused as (
            select distinct date_bin(interval '30 minutes', observed_at, timestamptz 'epoch') as period_started_at
            from ops.rejected_rows
            where dataset = '{dataset}' and observed_at is not null
        ),

        standings as (
            select
                half_hours.period_started_at,
                case
                    when half_hours.is_living then 'living'
                    when half_hours.is_living is null and refused.period_started_at is not null then 'rejected'
                    when half_hours.is_living is null and half_hours.period_started_at <= half_hours.newest_of_span
                        then 'missing'
                    when half_hours.is_living is not null and half_hours.period_started_at < newest.period_started_at
                        then 'withdrawn'
                    else 'not yet published'
                end as standing
            from half_hours
            left join newest on true
            left join refused on half_hours.period_started_at = refused.period_started_at
        )

        select
            period_started_at,
            case
                -- A row whose half-hour could not be read may be any of the missing ones.
                when
                    standing = 'missing'
                    and row_number() over (partition by standing order by period_started_at)
                    <= {unreadable_rejects(dataset)}
                    then 'rejected'
                else standing
            end as standing
        from standings
    """  # noqa: S608 - names of ours
