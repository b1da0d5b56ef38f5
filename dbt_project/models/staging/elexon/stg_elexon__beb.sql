with built as (
    {{ built_windows(
        source('elexon', 'elexon_beb'), 'elexon_beb', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    bid_id,
    flow_direction,
    quantity,
    energy_price,
    start_time,
    settlement_date,
    settlement_period,
    version_id,
    known_at
from built
