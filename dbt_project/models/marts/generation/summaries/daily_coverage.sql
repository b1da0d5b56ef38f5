-- The days its pre-hook takes away: depends_on {{ ref('stg_neso__pending_half_hours') }}
-- Looked into by index, twice: not to be read whole.
with half_hours as not materialized (select * from {{ ref('half_hourly_generation') }}),

rejected_rows as (select * from {{ source('ops', 'rejected_rows') }}),

bounds as (
    select
        min(settlement_date) as first_date,
        max(settlement_date) as last_date,
        max(period_started_at) + interval '30 minutes' as published_until
    from half_hours
),

calendar as (
    select
        bounds.published_until,
        bounds.first_date + day_number as settlement_date,
        {{ settlement_day_started_at('(bounds.first_date + day_number)') }} as started_at,
        {{ settlement_day_started_at('(bounds.first_date + day_number + 1)') }} as ended_at
    from bounds
    cross join generate_series(0, bounds.last_date - bounds.first_date) as day_number
    {{ where_not_counted('bounds.first_date + day_number') }}
),

days as (
    select
        settlement_date,
        {{ half_hours_between('started_at', 'ended_at') }} as expected_half_hours,
        greatest({{ half_hours_between('published_until', 'ended_at') }}, 0) as not_yet_published_half_hours
    from calendar
),

held as (
    select
        settlement_date,
        count(*)::integer as present_half_hours,
        (count(*) filter (where version_count > 1))::integer as revised_half_hours
    from half_hours
    where settlement_date = any(array(select calendar.settlement_date from calendar))
    group by settlement_date
),

rejected as (
    select
        {{ settlement_date('observed_at') }} as settlement_date,
        -- A stamp between two half-hours may be the very reason why a row was refused.
        count(distinct date_bin('30 minutes', observed_at, 'epoch'))::integer as rejected_half_hours
    from rejected_rows
    where dataset = 'neso_generation_mix' and observed_at is not null
    group by settlement_date
),

coverage as (
    select
        days.settlement_date,
        days.expected_half_hours,
        coalesce(held.present_half_hours, 0) as present_half_hours,
        days.not_yet_published_half_hours,
        coalesce(rejected.rejected_half_hours, 0) as rejected_half_hours,
        coalesce(held.revised_half_hours, 0) as revised_half_hours
    from days
    left join held on days.settlement_date = held.settlement_date
    left join rejected on days.settlement_date = rejected.settlement_date
)

select
    settlement_date,
    expected_half_hours,
    present_half_hours,
    expected_half_hours - present_half_hours - not_yet_published_half_hours as missing_half_hours,
    not_yet_published_half_hours,
    rejected_half_hours,
    revised_half_hours
from coverage
