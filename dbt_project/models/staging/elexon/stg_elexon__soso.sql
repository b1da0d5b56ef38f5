with built as (
    {{ built_windows(
        source('elexon', 'elexon_soso'), 'elexon_soso', 'elexon_live'
    ) }}
)

select
    publish_time,
    sender_identification,
    receiver_identification,
    contract_identification,
    resource_provider,
    trade_direction,
    trade_quantity,
    trade_price,
    trader_unit,
    start_time,
    end_time,
    settlement_date,
    version_id,
    known_at
from built
