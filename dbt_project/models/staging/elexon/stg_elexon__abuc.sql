with built as (
    {{ built_windows(
        source('elexon', 'elexon_abuc'), 'elexon_abuc', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    business_type,
    psr_type,
    market_agreement_type,
    flow_direction,
    settlement_date,
    quantity,
    version_id,
    known_at
from built
