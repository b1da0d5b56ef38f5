with built as (
    {{ built_windows(
        source('elexon', 'elexon_sil'), 'elexon_sil', 'elexon_live'
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
