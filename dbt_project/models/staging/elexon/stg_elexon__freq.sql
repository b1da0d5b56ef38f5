with built as (
    {{ built_rows(
        source('elexon', 'elexon_freq'), 'elexon_freq', 'elexon_demand',
        key=['measurement_time']
    ) }}
)

select
    measurement_time,
    frequency,
    version_id,
    known_at
from built
