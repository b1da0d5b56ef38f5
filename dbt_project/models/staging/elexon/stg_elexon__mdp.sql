with built as (
    {{ built_windows(
        source('elexon', 'elexon_mdp'), 'elexon_mdp', 'elexon_live'
    ) }}
)

select
    settlement_date,
    settlement_period,
    time,
    period_max,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
