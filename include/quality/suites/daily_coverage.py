"""Marts: the settlement days of the pending half-hours. Days that were asked for whole are whole."""

from include.quality.asked import asked_spans, unreadable_rejects
from include.quality.expectations import gxe
from include.quality.subject import Subject

DATASET = "neso_generation_mix"

QUERY = f"""
    with spans as materialized ({asked_spans(DATASET)}),

    pending_days as (
        select distinct (period_started_at at time zone 'Europe/London')::date as settlement_date
        from staging.stg_neso__pending_half_hours
    ),

    days as (
        select
            *,
            settlement_date::timestamp at time zone 'Europe/London' as started_at,
            (settlement_date + 1)::timestamp at time zone 'Europe/London' as ended_at
        from marts.daily_coverage
        where settlement_date = any(array(select settlement_date from pending_days))
    )

    select
        settlement_date,
        present_half_hours + not_yet_published_half_hours + rejected_half_hours + {unreadable_rejects(DATASET)}
            - (extract(epoch from ended_at - started_at) / 1800)::integer as half_hours_to_spare,
        case when present_half_hours = expected_half_hours then present_half_hours end as whole_day_half_hours
    from days
    where
        exists (
            select from spans
            where
                days.started_at >= greatest(spans.started_at, (select min(period_started_at) from raw.{DATASET}))
                -- What comes after the newest half-hour of all, the day may lack.
                and (days.ended_at <= spans.ended_at or days.not_yet_published_half_hours > 0)
        )
"""  # noqa: S608 - names of ours

DAILY_COVERAGE = Subject(
    suite="marts.daily_coverage",
    table="marts.daily_coverage",
    key=("settlement_date",),
    query=QUERY,
    expectations=(
        gxe.ExpectColumnValuesToBeBetween(
            column="half_hours_to_spare",
            min_value=0,
            description="no half-hour of a day is missing that is neither refused nor yet to come",
            notes="A day runs from midnight to midnight in London. NESO fills its gaps: all recorded days are whole.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="whole_day_half_hours",
            value_set=[46, 48, 50],
            description="a whole day has 46, 48 or 50 half-hours",
            notes="46 where the clocks go forward, 50 where they go back (Balancing and Settlement Code, annex X-1).",
        ),
    ),
)
