with built as (
    {{ built_rows(
        source('elexon', 'elexon_itsdo'), 'elexon_itsdo', 'elexon_demand',
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
