with built as (
    {{ built_rows(
        source('elexon', 'elexon_nonbm'), 'elexon_nonbm', 'elexon_live',
        key=['start_time']
    ) }}
)

select
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    generation,
    version_id,
    known_at
from built
