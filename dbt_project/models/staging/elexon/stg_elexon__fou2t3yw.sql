with built as (
    {{ built_windows(
        source('elexon', 'elexon_fou2t3yw'), 'elexon_fou2t3yw', 'elexon_daily'
    ) }}
)

select
    fuel_type,
    publish_time,
    system_zone,
    calendar_week_number,
    year,
    output_usable,
    bidding_zone,
    interconnector_name,
    interconnector,
    version_id,
    known_at
from built
