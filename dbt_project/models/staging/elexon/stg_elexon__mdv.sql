with built as (
    {{ built_windows(
        source('elexon', 'elexon_mdv'), 'elexon_mdv', 'elexon_live'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time,
    volume_max,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
