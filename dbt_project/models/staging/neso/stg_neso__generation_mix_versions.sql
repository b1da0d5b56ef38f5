with built as (
    {{ built_versions(source('neso', 'neso_generation_mix'), 'neso_generation_mix') }}
),

renamed as (
    select
        period_started_at,
        version_id,
        row_number() over (partition by period_started_at order by version_id)::integer as version_number,
        known_at,
        content_hash is null as is_withdrawn,
        {{ neso_number('GAS') }} as gas_mw,
        {{ neso_number('COAL') }} as coal_mw,
        {{ neso_number('NUCLEAR') }} as nuclear_mw,
        {{ neso_number('WIND') }} as wind_mw,
        {{ neso_number('WIND_EMB') }} as embedded_wind_mw,
        {{ neso_number('HYDRO') }} as hydro_mw,
        {{ neso_number('IMPORTS') }} as imports_mw,
        {{ neso_number('BIOMASS') }} as biomass_mw,
        {{ neso_number('OTHER') }} as other_mw,
        {{ neso_number('SOLAR') }} as solar_mw,
        {{ neso_number('STORAGE') }} as storage_mw,
        {{ neso_number('GENERATION') }} as generation_mw,
        {{ neso_number('CARBON_INTENSITY') }} as carbon_intensity_g_per_kwh,
        {{ neso_number('LOW_CARBON') }} as published_low_carbon_mw,
        {{ neso_number('ZERO_CARBON') }} as published_zero_carbon_mw,
        {{ neso_number('RENEWABLE') }} as published_renewable_mw,
        {{ neso_number('FOSSIL') }} as published_fossil_mw,
        {{ neso_number('GAS_perc') }} as published_gas_pct,
        {{ neso_number('COAL_perc') }} as published_coal_pct,
        {{ neso_number('NUCLEAR_perc') }} as published_nuclear_pct,
        {{ neso_number('WIND_perc') }} as published_wind_pct,
        {{ neso_number('WIND_EMB_perc') }} as published_embedded_wind_pct,
        {{ neso_number('HYDRO_perc') }} as published_hydro_pct,
        {{ neso_number('IMPORTS_perc') }} as published_imports_pct,
        {{ neso_number('BIOMASS_perc') }} as published_biomass_pct,
        {{ neso_number('OTHER_perc') }} as published_other_pct,
        {{ neso_number('SOLAR_perc') }} as published_solar_pct,
        {{ neso_number('STORAGE_perc') }} as published_storage_pct,
        {{ neso_number('GENERATION_perc') }} as published_generation_pct,
        {{ neso_number('LOW_CARBON_perc') }} as published_low_carbon_pct,
        {{ neso_number('ZERO_CARBON_perc') }} as published_zero_carbon_pct,
        {{ neso_number('RENEWABLE_perc') }} as published_renewable_pct,
        {{ neso_number('FOSSIL_perc') }} as published_fossil_pct
    from built
),

derived as (
    select
        *,
        {{ settlement_date('period_started_at') }} as settlement_date,
        {{ settlement_period('period_started_at') }} as settlement_period,
        generation_mw - (
            gas_mw
            + coal_mw
            + nuclear_mw
            + wind_mw
            -- Until it was split off, embedded wind was part of wind.
            + coalesce(embedded_wind_mw, 0)
            + hydro_mw
            + imports_mw
            + biomass_mw
            + other_mw
            + solar_mw
            + storage_mw
        ) as unattributed_mw
    from renamed
)

select * from derived
