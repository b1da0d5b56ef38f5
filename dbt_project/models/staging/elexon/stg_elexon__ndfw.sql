with built as (
    {{ built_rows(
        source('elexon', 'elexon_ndfw'), 'elexon_ndfw', 'elexon_live',
        key=['publish_time', 'year', 'week']
    ) }}
)

select
    publish_time,
    year,
    week,
    demand,
    version_id,
    known_at
from built
