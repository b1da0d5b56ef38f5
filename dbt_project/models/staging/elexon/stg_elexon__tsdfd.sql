with built as (
    {{ built_rows(
        source('elexon', 'elexon_tsdfd'), 'elexon_tsdfd', 'elexon_live',
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
