with built as (
    {{ built_rows(
        source('elexon', 'elexon_qas'), 'elexon_qas', 'elexon_live',
        key=['settlement_date', 'settlement_period', 'national_grid_bm_unit']
    ) }}
)

select
    settlement_date,
    settlement_period,
    bm_unit_applicable_balancing_services_volume,
    national_grid_bm_unit,
    bm_unit,
    version_id,
    known_at
from built
