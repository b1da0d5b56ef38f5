with built as (
    {{ built_rows(
        source('elexon', 'elexon_ocnmf3y'), 'elexon_ocnmf3y', 'elexon_live',
        key=['publish_time', 'year', 'week']
    ) }}
)

select
    publish_time,
    week,
    year,
    surplus,
    version_id,
    known_at
from built
