with built as (
    {{ built_windows(
        source('elexon', 'elexon_ccm'), 'elexon_ccm', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    business_type,
    year,
    month,
    amount,
    version_id,
    known_at
from built
