with built as (
    {{ built_rows(
        source('elexon', 'elexon_netbsad'), 'elexon_netbsad', 'elexon_live',
        key=['settlement_date', 'settlement_period']
    ) }}
)

select
    settlement_date,
    settlement_period,
    net_buy_price_cost_adjustment_energy,
    net_buy_price_volume_adjustment_energy,
    net_buy_price_volume_adjustment_system,
    buy_price_price_adjustment,
    net_sell_price_cost_adjustment_energy,
    net_sell_price_volume_adjustment_energy,
    net_sell_price_volume_adjustment_system,
    sell_price_price_adjustment,
    version_id,
    known_at
from built
