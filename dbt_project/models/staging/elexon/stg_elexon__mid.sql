with built as (
    {{ built_rows(
        source('elexon', 'elexon_mid'), 'elexon_mid', 'elexon_market',
        key=['start_time', 'data_provider']
    ) }}
)

select
    start_time,
    data_provider,
    settlement_date,
    settlement_period,
    price,
    volume,
    version_id,
    known_at
from built
