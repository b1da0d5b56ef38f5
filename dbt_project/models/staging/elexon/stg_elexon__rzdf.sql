with built as (
    {{ built_windows(
        source('elexon', 'elexon_rzdf'), 'elexon_rzdf', 'elexon_live'
    ) }}
)

select
    submission_date_time,
    publish_time,
    settlement_date,
    region,
    gsp_group_id,
    forecast_demand60,
    forecast_demand100,
    version_id,
    known_at
from built
