with built as (
    {{ built_rows(
        source('elexon', 'elexon_ocnmfd2'), 'elexon_ocnmfd2', 'elexon_live',
        key=['publish_time', 'forecast_date']
    ) }}
)

select
    publish_time,
    forecast_date,
    margin,
    version_id,
    known_at
from built
