with built as (
    {{ built_rows(
        source('elexon', 'elexon_temp'), 'elexon_temp', 'elexon_live',
        key=['measurement_date']
    ) }}
)

select
    measurement_date,
    publish_time,
    temperature,
    version_id,
    known_at
from built
