with built as (
    {{ built_rows(
        source('elexon', 'elexon_agpt'), 'elexon_agpt', 'elexon_demand',
        key=['start_time', 'psr_type', 'business_type']
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    business_type,
    psr_type,
    quantity,
    start_time,
    settlement_date,
    settlement_period,
    version_id,
    known_at
from built
