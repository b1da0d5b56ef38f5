with built as (
    {{ built_rows(
        source('elexon', 'elexon_b1610'), 'elexon_b1610', 'elexon_daily',
        key=['settlement_date', 'settlement_period', 'bm_unit']
    ) }}
)

select
    psr_type,
    bm_unit,
    national_grid_bm_unit_id,
    settlement_date,
    settlement_period,
    half_hour_end_time,
    quantity,
    version_id,
    known_at
from built
