{{ config(
    tags=['carbon_intensity'],
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('stg_carbon_intensity__pending_half_hours')) }}",
    meta={
        'publish': 'pending', 'pending': 'stg_carbon_intensity__pending_half_hours', 'pending_key': 'period_started_at'
    }
) }}

with versions as (
    select * from {{ ref('stg_carbon_intensity__national_versions') }}
    {{ where_pending(ref('stg_carbon_intensity__pending_half_hours')) }}
),

half_hours as (
    select
        period_started_at,
        {{ last_version('is_withdrawn') }} as is_withdrawn,
        {{ last_version('forecast_g_per_kwh', 'lead_hours >= 0') }} as foreseen_g_per_kwh,
        -- Where nobody listened before it began: the API keeps the forecast that was issued last.
        {{ first_version('forecast_g_per_kwh', 'lead_hours < 0') }} as kept_g_per_kwh,
        {{ last_version('forecast_g_per_kwh', 'lead_hours >= 24') }} as day_ahead_forecast_g_per_kwh,
        {{ first_version('actual_g_per_kwh') }} as first_actual_g_per_kwh,
        -- What was taken back is null again.
        {{ last_version('actual_g_per_kwh', takes_nulls=true) }} as actual_g_per_kwh,
        {{ last_version('intensity_index') }} as intensity_index,
        max(known_at) as known_at,
        count(*)::integer as version_count
    from versions
    group by period_started_at
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date,
    {{ settlement_period('period_started_at') }} as settlement_period,
    coalesce(foreseen_g_per_kwh, kept_g_per_kwh) as forecast_g_per_kwh,
    day_ahead_forecast_g_per_kwh,
    first_actual_g_per_kwh,
    actual_g_per_kwh,
    intensity_index,
    known_at,
    version_count
from half_hours
where not is_withdrawn
