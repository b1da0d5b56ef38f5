with half_hours as (
    {{ pending_keys(
        source('elexon', 'elexon_fuelhh'), 'elexon_fuelhh', key=['start_time'], release='elexon_generation'
    ) }}
),

snapshots as (select * from {{ ref('int_elexon__pending_snapshots') }}),

-- The snapshots of a half-hour may show that it is suspect.
pending as (
    select start_time as period_started_at from half_hours
    union
    select {{ half_hour_of('started_at') }} from snapshots
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date
from pending
