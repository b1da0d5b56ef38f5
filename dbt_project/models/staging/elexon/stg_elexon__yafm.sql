with built as (
    {{ built_windows(
        source('elexon', 'elexon_yafm'), 'elexon_yafm', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    business_type,
    year,
    quantity,
    version_id,
    known_at
from built
