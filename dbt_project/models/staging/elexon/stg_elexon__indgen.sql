with built as (
    {{ built_rows(
        source('elexon', 'elexon_indgen'), 'elexon_indgen', 'elexon_daily',
        key=['publish_time', 'start_time', 'boundary']
    ) }}
)

select
    generation,
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    boundary,
    version_id,
    known_at
from built
