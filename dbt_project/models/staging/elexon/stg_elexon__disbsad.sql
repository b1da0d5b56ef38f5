with built as (
    {{ built_rows(
        source('elexon', 'elexon_disbsad'), 'elexon_disbsad', 'elexon_live',
        key=['settlement_date', 'settlement_period', 'id']
    ) }}
)

select
    settlement_date,
    settlement_period,
    id,
    cost,
    volume,
    so_flag,
    stor_flag,
    party_id,
    asset_id,
    is_tendered,
    service,
    version_id,
    known_at
from built
