with built as (
    {{ built_windows(
        source('elexon', 'elexon_cbs'), 'elexon_cbs', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    flow_direction,
    quantity,
    time_from,
    time_to,
    settlement_date,
    settlement_period,
    version_id,
    known_at
from built
