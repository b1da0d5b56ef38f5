with built as (
    {{ built_windows(
        source('elexon', 'elexon_uou2t3yw'), 'elexon_uou2t3yw', 'elexon_daily'
    ) }}
)

select
    fuel_type,
    national_grid_bm_unit,
    bm_unit,
    publish_time,
    week,
    year,
    output_usable,
    version_id,
    known_at
from built
