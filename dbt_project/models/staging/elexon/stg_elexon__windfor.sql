with built as (
    {{ built_rows(
        source('elexon', 'elexon_windfor'), 'elexon_windfor', 'elexon_demand',
        key=['publish_time', 'start_time']
    ) }}
)

select
    publish_time,
    start_time,
    generation,
    version_id,
    known_at
from built
