with built as (
    {{ built_windows(
        source('elexon', 'elexon_bod'), 'elexon_bod', 'elexon_units'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time_from,
    level_from,
    time_to,
    level_to,
    pair_id,
    offer,
    bid,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
