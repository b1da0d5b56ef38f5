with built as (
    {{ built_rows(
        source('elexon', 'elexon_indod'), 'elexon_indod', 'elexon_live',
        key=['settlement_date']
    ) }}
)

select
    publish_time,
    settlement_date,
    demand,
    version_id,
    known_at
from built
