with built as (
    {{ built_rows(
        source('elexon', 'elexon_fou2t14d'), 'elexon_fou2t14d', 'elexon_live',
        key=['publish_time', 'forecast_date', 'fuel_type', 'system_zone', 'bidding_zone', 'interconnector_name', 'interconnector']
    ) }}
)

select
    fuel_type,
    publish_time,
    system_zone,
    forecast_date,
    forecast_date_timezone,
    output_usable,
    bidding_zone,
    interconnector_name,
    interconnector,
    version_id,
    known_at
from built
