with built as (
    {{ built_rows(
        source('elexon', 'elexon_dag'), 'elexon_dag', 'elexon_live',
        key=['start_time']
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    quantity,
    start_time,
    settlement_date,
    settlement_period,
    version_id,
    known_at
from built
