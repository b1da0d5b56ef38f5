with built as (
    {{ built_rows(
        source('elexon', 'elexon_boalf'), 'elexon_boalf', 'elexon_units',
        key=['time_from', 'national_grid_bm_unit', 'acceptance_number', 'acceptance_time']
    ) }}
)

select
    settlement_date,
    settlement_period_from,
    settlement_period_to,
    time_from,
    time_to,
    level_from,
    level_to,
    acceptance_number,
    acceptance_time,
    deemed_bo_flag,
    so_flag,
    amendment_flag,
    stor_flag,
    rr_flag,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
