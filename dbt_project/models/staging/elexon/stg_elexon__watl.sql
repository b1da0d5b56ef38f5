with built as (
    {{ built_windows(
        source('elexon', 'elexon_watl'), 'elexon_watl', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    forecast_date,
    forecast_week,
    minimum_possible,
    maximum_available,
    version_id,
    known_at
from built
