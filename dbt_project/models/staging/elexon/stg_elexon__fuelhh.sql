with built as (
    {{ built_rows(
        source('elexon', 'elexon_fuelhh'), 'elexon_fuelhh', 'elexon_generation',
        key=['start_time', 'fuel_type']
    ) }}
)

select
    publish_time,
    start_time,
    settlement_date,
    settlement_period,
    fuel_type,
    generation,
    version_id,
    known_at
from built
