with built as (
    {{ built_windows(
        source('elexon', 'elexon_nou2t3yw'), 'elexon_nou2t3yw', 'elexon_daily'
    ) }}
)

select
    publish_time,
    system_zone,
    calendar_week_number,
    year,
    output_usable,
    version_id,
    known_at
from built
