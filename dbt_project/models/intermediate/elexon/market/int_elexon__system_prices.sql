with built as (
    {{ built_rows(
        source('elexon', 'elexon_system_prices'), 'elexon_system_prices', 'elexon_market',
        key=['settlement_date', 'settlement_period']
    ) }}
)

select
    {{ period_started_at('settlement_date', 'settlement_period') }} as period_started_at,
    settlement_date,
    settlement_period,
    system_sell_price as system_price_gbp_per_mwh,
    net_imbalance_volume as net_imbalance_volume_mwh,
    price_derivation_code,
    created_date_time as calculated_at,
    known_at
from built
