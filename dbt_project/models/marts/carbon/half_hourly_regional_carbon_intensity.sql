{{ config(
    tags=['carbon_intensity'],
    indexes=[{'columns': ['region_id', 'period_started_at']}],
    pre_hook="{{ delete_pending(ref('stg_carbon_intensity__pending_regional_half_hours')) }}",
    meta={
        'publish': 'pending',
        'pending': 'stg_carbon_intensity__pending_regional_half_hours',
        'pending_key': 'period_started_at'
    }
) }}

with versions as not materialized (select * from {{ ref('stg_carbon_intensity__regional_versions') }}),

regions as (select * from {{ ref('carbon_regions') }}),

half_hours as (
    select distinct period_started_at
    {% if is_incremental() -%}
        from {{ ref('stg_carbon_intensity__pending_regional_half_hours') }}
    {%- else -%}
        from versions
    {%- endif %}
),

latest as (
    -- By index, one after the other: a half-hour has some hundred versions of each region.
    select
        regions.region,
        latest.*
    from half_hours
    cross join regions
    cross join lateral (
        select each_version.* from versions as each_version
        where
            each_version.period_started_at = half_hours.period_started_at
            and each_version.region_id = regions.region_id
        order by each_version.version_id desc
        limit 1
    ) as latest
)

select
    period_started_at,
    region_id,
    region,
    {{ settlement_date('period_started_at') }} as settlement_date,
    forecast_g_per_kwh,
    intensity_index,
    {{ carbon_mix() }},
    known_at
from latest
where not is_withdrawn
