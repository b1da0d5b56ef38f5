with pending as (
    {{ pending_keys(source('neso', 'neso_generation_mix'), 'neso_generation_mix') }}
),

dated as (
    select
        period_started_at,
        {{ settlement_date('period_started_at') }} as settlement_date
    from pending
)

select
    period_started_at,
    settlement_date,
    date_trunc('month', settlement_date::timestamp)::date as settlement_month
from dated
