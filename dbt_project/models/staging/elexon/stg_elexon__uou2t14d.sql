with built as (
    {{ built_windows(
        source('elexon', 'elexon_uou2t14d'), 'elexon_uou2t14d', 'elexon_daily'
    ) }}
)

select
    fuel_type,
    national_grid_bm_unit,
    bm_unit,
    publish_time,
    forecast_date,
    output_usable,
    version_id,
    known_at
from built
