{{ config(
    tags=['carbon_intensity'],
    indexes=[{'columns': ['region_id', 'period_started_at', 'known_at']}],
    pre_hook="{{ delete_appended('carbon_intensity_regional', 'carbon_intensity') }}",
    post_hook="{% if not is_incremental() %}create index on {{ this }} (period_started_at) where is_withdrawn{% endif %}",
    meta={'publish': 'appended', 'dataset': 'carbon_intensity_regional'}
) }}

with versions as (
    select * from {{ ref('stg_carbon_intensity__regional_versions') }}
    {{ where_appended('carbon_intensity_regional', 'carbon_intensity') }}
)

select
    version_id,
    period_started_at,
    region_id,
    known_at,
    lead_hours,
    forecast_g_per_kwh,
    intensity_index,
    {{ carbon_mix() }},
    is_withdrawn
from versions
