with built as (
    {{ built_rows(
        source('elexon', 'elexon_ndf'), 'elexon_ndf', 'elexon_demand',
        key=['publish_time', 'start_time', 'boundary']
    ) }}
)

select
    demand,
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    boundary,
    version_id,
    known_at
from built
