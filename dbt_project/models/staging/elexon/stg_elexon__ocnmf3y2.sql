with built as (
    {{ built_rows(
        source('elexon', 'elexon_ocnmf3y2'), 'elexon_ocnmf3y2', 'elexon_live',
        key=['publish_time', 'year', 'week']
    ) }}
)

select
    publish_time,
    week,
    year,
    margin,
    version_id,
    known_at
from built
