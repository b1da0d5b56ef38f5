with built as (
    {{ built_windows(
        source('elexon', 'elexon_sel'), 'elexon_sel', 'elexon_live'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time,
    level,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
