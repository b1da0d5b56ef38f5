with settled as (
    {{ pending_keys(
        source('elexon', 'elexon_system_prices'), 'elexon_system_prices',
        key=['settlement_date', 'settlement_period'], release='elexon_market'
    ) }}
),

traded as (
    {{ pending_keys(source('elexon', 'elexon_mid'), 'elexon_mid', key=['start_time'], release='elexon_market') }}
),

pending as (
    select {{ period_started_at('settlement_date', 'settlement_period') }} as period_started_at
    from settled
    union
    select start_time
    from traded
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date
from pending
