with built as (
    {{ built_versions(
        source('carbon_intensity', 'carbon_intensity_national'), 'carbon_intensity_national', 'carbon_intensity'
    ) }}
)

select
    period_started_at,
    version_id,
    known_at,
    {{ lead_hours() }} as lead_hours,
    (payload ->> 'intensity.forecast')::double precision as forecast_g_per_kwh,
    (payload ->> 'intensity.actual')::double precision as actual_g_per_kwh,
    payload ->> 'intensity.index' as intensity_index,
    content_hash is null as is_withdrawn
from built
