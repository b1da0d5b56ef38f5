with built as (
    {{ built_windows(
        source('elexon', 'elexon_rdri'), 'elexon_rdri', 'elexon_live'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time,
    rate1,
    elbow2,
    rate2,
    elbow3,
    rate3,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
