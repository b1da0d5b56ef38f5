with built as (
    {{ built_rows(
        source('elexon', 'elexon_melngc'), 'elexon_melngc', 'elexon_daily',
        key=['publish_time', 'start_time', 'boundary']
    ) }}
)

select
    margin,
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    boundary,
    version_id,
    known_at
from built
