with built as (
    {{ built_windows(
        source('elexon', 'elexon_feib'), 'elexon_feib', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    status,
    year,
    month,
    amount,
    price_direction,
    version_id,
    known_at
from built
