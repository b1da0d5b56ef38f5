{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_prices')) }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_prices', 'pending_key': 'period_started_at'}
) }}

{%- set pending = ref('int_elexon__pending_prices') %}

with settled as (
    -- By their days, which an index serves, and then by themselves.
    select * from (
        select * from {{ ref('int_elexon__system_prices') }}
        {{ where_pending(pending, 'settlement_date') }}
    ) as of_the_days
    {{ where_pending(pending) }}
),

traded as (
    select * from {{ ref('stg_elexon__mid') }}
    {{ where_pending(pending, column='start_time') }}
),

-- Of the providers who had any trade: one of the two nearly never has.
market_index as (
    select
        start_time as period_started_at,
        sum(price * volume) filter (where volume > 0) / sum(volume) filter (where volume > 0)
            as market_index_price_gbp_per_mwh,
        sum(volume) as market_index_volume_mwh,
        max(known_at) as known_at
    from traded
    group by start_time
),

side_by_side as (
    select
        coalesce(settled.period_started_at, market_index.period_started_at) as period_started_at,
        settled.system_price_gbp_per_mwh,
        market_index.market_index_price_gbp_per_mwh,
        market_index.market_index_volume_mwh,
        settled.net_imbalance_volume_mwh,
        settled.price_derivation_code,
        settled.calculated_at,
        greatest(settled.known_at, market_index.known_at) as known_at
    from settled
    full outer join market_index on settled.period_started_at = market_index.period_started_at
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date,
    {{ settlement_period('period_started_at') }} as settlement_period,
    system_price_gbp_per_mwh,
    market_index_price_gbp_per_mwh,
    net_imbalance_volume_mwh,
    market_index_volume_mwh,
    price_derivation_code,
    calculated_at,
    known_at
from side_by_side
