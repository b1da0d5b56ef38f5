with built as (
    {{ built_windows(
        source('elexon', 'elexon_ppbr'), 'elexon_ppbr', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    psr_type,
    market_agreement_type,
    flow_direction,
    settlement_date,
    amount,
    version_id,
    known_at
from built
