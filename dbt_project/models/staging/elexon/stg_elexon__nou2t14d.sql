with built as (
    {{ built_rows(
        source('elexon', 'elexon_nou2t14d'), 'elexon_nou2t14d', 'elexon_live',
        key=['publish_time', 'forecast_date', 'system_zone']
    ) }}
)

select
    publish_time,
    system_zone,
    forecast_date,
    forecast_date_timezone,
    output_usable,
    version_id,
    known_at
from built
