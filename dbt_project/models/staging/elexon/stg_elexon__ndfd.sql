with built as (
    {{ built_rows(
        source('elexon', 'elexon_ndfd'), 'elexon_ndfd', 'elexon_live',
        key=['publish_time', 'forecast_date']
    ) }}
)

select
    publish_time,
    forecast_date,
    demand,
    version_id,
    known_at
from built
