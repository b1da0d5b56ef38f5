with built as (
    {{ built_windows(
        source('elexon', 'elexon_rzdr'), 'elexon_rzdr', 'elexon_live'
    ) }}
)

select
    submission_date_time,
    publish_time,
    region,
    gsp_group_id,
    restored_demand,
    version_id,
    known_at
from built
