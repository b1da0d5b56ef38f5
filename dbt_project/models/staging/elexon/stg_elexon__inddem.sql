with built as (
    {{ built_rows(
        source('elexon', 'elexon_inddem'), 'elexon_inddem', 'elexon_daily',
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
