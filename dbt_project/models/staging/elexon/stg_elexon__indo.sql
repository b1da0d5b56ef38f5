with built as (
    {{ built_rows(
        source('elexon', 'elexon_indo'), 'elexon_indo', 'elexon_demand',
        key=['start_time']
    ) }}
)

select
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    demand,
    version_id,
    known_at
from built
