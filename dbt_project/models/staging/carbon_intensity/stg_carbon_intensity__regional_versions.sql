with built as (
    {{ built_versions(
        source('carbon_intensity', 'carbon_intensity_regional'), 'carbon_intensity_regional', 'carbon_intensity'
    ) }}
)

select
    period_started_at,
    region_id,
    version_id,
    known_at,
    {{ lead_hours() }} as lead_hours,
    forecast_g_per_kwh::double precision as forecast_g_per_kwh,
    intensity_index,
    {{ carbon_mix() }},
    content_hash is null as is_withdrawn
from built
