with built as (
    {{ built_rows(
        source('elexon', 'elexon_datl'), 'elexon_datl', 'elexon_live',
        key=['start_time']
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    quantity,
    version_id,
    known_at
from built
