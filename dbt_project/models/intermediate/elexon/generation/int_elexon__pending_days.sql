with pending as (select * from {{ ref('int_elexon__pending_half_hours') }}),

days as (select distinct settlement_date from pending),

-- A day that has nothing at all between two that have something is told with the later one. So is the day before once
-- more: what it lacked in its last hours is a gap by now.
since as (
    select
        days.settlement_date,
        {{ settlement_date('held.start_time') }} as held_until
    from days
    left join lateral (
        select max(half_hour.start_time) as start_time
        from {{ source('elexon', 'elexon_fuelhh') }} as half_hour
        where half_hour.start_time < {{ day_started_at('days.settlement_date') }}
    ) as held on true
)

select distinct since.settlement_date - days_before as settlement_date
from since
cross join
    generate_series(0, greatest(coalesce(since.settlement_date - since.held_until, 0), 0)) as days_before
where
    days_before = 0
    or exists (
        select from {{ source('ops', 'loads') }} as asked
        where
            asked.dataset = 'elexon_fuelhh'
            and asked.outcome in ('held', 'unchanged')
            and asked.covers && tstzrange(
                {{ day_started_at('(since.settlement_date - days_before)') }},
                {{ day_started_at('(since.settlement_date - days_before + 1)') }}
            )
    )
