with built as (
    {{ built_windows(
        source('elexon', 'elexon_aobe'), 'elexon_aobe', 'elexon_live'
    ) }}
)

select
    document_id,
    time_series_id,
    document_revision_number,
    publish_time,
    flow_direction,
    quantity,
    secondary_quantity,
    start_time,
    settlement_date,
    settlement_period,
    version_id,
    known_at
from built
