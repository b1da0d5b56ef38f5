{{ config(indexes=[{'columns': ['settlement_date']}]) }}

with versions as (
    select * from {{ ref('half_hourly_generation_versions') }}
    {{ where_pending(ref('stg_neso__pending_half_hours')) }}
),

steps as (
    -- A withdrawal gives no values, so each version is set against the last one before it that did.
    select
        *,
        not is_withdrawn and row_number() over values_given > 1 as is_revision,
        greatest({{ for_each(neso_fuels(), 'abs(?_mw - lag(?_mw) over values_given)') }}) as fuel_change_mw,
        abs(carbon_intensity_g_per_kwh - lag(carbon_intensity_g_per_kwh) over values_given)
            as intensity_change_g_per_kwh
    from versions
    window values_given as (partition by period_started_at, is_withdrawn order by version_number)
),

judged as (
    -- What is smaller than this is rounding, which moves by 1 from one publication to the next.
    select
        *,
        is_revision and coalesce(fuel_change_mw > 10 or intensity_change_g_per_kwh > 5, false) as is_material
    from steps
),

half_hours as (
    select
        period_started_at,
        settlement_date,
        settlement_period,
        count(*)::integer as version_count,
        (count(*) filter (where is_revision))::integer as revision_count,
        (count(*) filter (where is_material))::integer as material_revision_count,
        (count(*) filter (where is_revision and not is_material))::integer as flicker_count,
        (count(*) filter (where is_withdrawn))::integer as withdrawal_count,
        (array_agg(is_withdrawn order by version_number desc))[1] as is_withdrawn,
        min(known_at) as first_known_at,
        max(known_at) as last_known_at,
        max(known_at) filter (where is_revision) as last_revised_at,
        coalesce(max(fuel_change_mw), 0) as largest_fuel_change_mw,
        coalesce(max(intensity_change_g_per_kwh), 0) as largest_intensity_change_g_per_kwh,
        array_agg(generation_mw order by version_number) filter (where not is_withdrawn) as generations_mw,
        array_agg(carbon_intensity_g_per_kwh order by version_number)
        filter (where not is_withdrawn) as intensities_g_per_kwh
    from judged
    group by period_started_at, settlement_date, settlement_period
)

select
    period_started_at,
    settlement_date,
    settlement_period,
    version_count,
    revision_count,
    material_revision_count,
    flicker_count,
    withdrawal_count,
    is_withdrawn,
    first_known_at,
    last_known_at,
    (extract(epoch from last_revised_at - period_started_at - interval '30 minutes') / 3600)::double precision
        as last_revised_after_hours,
    largest_fuel_change_mw,
    largest_intensity_change_g_per_kwh,
    generations_mw[cardinality(generations_mw)] - generations_mw[1] as net_generation_change_mw,
    intensities_g_per_kwh[cardinality(intensities_g_per_kwh)] - intensities_g_per_kwh[1]
        as net_intensity_change_g_per_kwh
from half_hours
