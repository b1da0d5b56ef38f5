{{ config(
    tags=['carbon_intensity'],
    indexes=[{'columns': ['period_started_at', 'known_at']}, {'columns': ['known_at']}],
    pre_hook="{{ delete_appended('carbon_intensity_national', 'carbon_intensity') }}",
    meta={'publish': 'appended', 'dataset': 'carbon_intensity_national'}
) }}

with versions as (
    select * from {{ ref('stg_carbon_intensity__national_versions') }}
    {{ where_appended('carbon_intensity_national', 'carbon_intensity') }}
)

select
    version_id,
    period_started_at,
    known_at,
    lead_hours,
    forecast_g_per_kwh,
    actual_g_per_kwh,
    intensity_index,
    is_withdrawn
from versions
