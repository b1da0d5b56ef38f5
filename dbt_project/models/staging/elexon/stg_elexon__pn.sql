with built as (
    {{ built_windows(
        source('elexon', 'elexon_pn'), 'elexon_pn', 'elexon_units'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time_from,
    time_to,
    level_from,
    level_to,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
