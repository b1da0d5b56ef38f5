create or replace function analytics.generation_mix_as_known_at(known_by timestamptz)
returns setof analytics.half_hourly_generation
language sql
stable
parallel safe
as $$
    select
        period_started_at,
        settlement_date,
        settlement_period,
        gas_mw,
        coal_mw,
        nuclear_mw,
        wind_mw,
        embedded_wind_mw,
        hydro_mw,
        imports_mw,
        biomass_mw,
        other_mw,
        solar_mw,
        storage_mw,
        generation_mw,
        unattributed_mw,
        carbon_intensity_g_per_kwh,
        known_at,
        version_count
    from (
        select distinct on (period_started_at) *
        from analytics.half_hourly_generation_versions
        where known_at <= known_by
        -- Newest first, so that the index on (period_started_at, known_at) gives this order, read backwards.
        order by period_started_at desc, known_at desc
    ) as latest_known
    where not is_withdrawn
$$;

comment on function analytics.generation_mix_as_known_at(timestamptz) is
'half_hourly_generation as it was known at an instant: the latest version of each half-hour until then, without the '
'half-hours that stood withdrawn. Narrow it by period_started_at; the condition reaches the index.';
