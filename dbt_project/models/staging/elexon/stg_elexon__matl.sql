with built as (
    {{ built_windows(
        source('elexon', 'elexon_matl'), 'elexon_matl', 'elexon_live'
    ) }}
)

select
    document_id,
    document_revision_number,
    publish_time,
    forecast_week_commencing_date,
    forecast_year,
    forecast_month,
    minimum_possible,
    maximum_available,
    version_id,
    known_at
from built
