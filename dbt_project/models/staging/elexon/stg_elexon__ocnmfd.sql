with built as (
    {{ built_rows(
        source('elexon', 'elexon_ocnmfd'), 'elexon_ocnmfd', 'elexon_live',
        key=['publish_time', 'forecast_date']
    ) }}
)

select
    publish_time,
    forecast_date,
    surplus,
    version_id,
    known_at
from built
