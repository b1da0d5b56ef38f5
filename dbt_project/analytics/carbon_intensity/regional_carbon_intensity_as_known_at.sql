create or replace function analytics.regional_carbon_intensity_as_known_at(known_by timestamptz)
returns table (
    period_started_at timestamptz,
    region_id integer,
    known_at timestamptz,
    lead_hours double precision,
    forecast_g_per_kwh double precision,
    intensity_index text,
    biomass_pct double precision,
    coal_pct double precision,
    imports_pct double precision,
    gas_pct double precision,
    nuclear_pct double precision,
    other_pct double precision,
    hydro_pct double precision,
    solar_pct double precision,
    wind_pct double precision
)
language sql
stable
parallel safe
as $$
    select
        told.period_started_at, told.region_id, latest.known_at, latest.lead_hours, latest.forecast_g_per_kwh,
        latest.intensity_index, latest.biomass_pct, latest.coal_pct, latest.imports_pct, latest.gas_pct,
        latest.nuclear_pct, latest.other_pct, latest.hydro_pct, latest.solar_pct, latest.wind_pct
    from (
        -- Every half-hour and region there ever was: what stands, and what was withdrawn.
        select period_started_at, region_id from analytics.half_hourly_regional_carbon_intensity
        union
        select period_started_at, region_id from analytics.regional_carbon_intensity_vintages where is_withdrawn
    ) as told
    -- By index, one after the other: a half-hour has some hundred versions of each region.
    cross join lateral (
        select *
        from analytics.regional_carbon_intensity_vintages as version
        where
            version.region_id = told.region_id
            and version.period_started_at = told.period_started_at
            and version.known_at <= known_by
        order by version.known_at desc
        limit 1
    ) as latest
    where not latest.is_withdrawn
$$;

comment on function analytics.regional_carbon_intensity_as_known_at(timestamptz) is
'Carbon intensity and mix of the regions as they were known at an instant, one row per half-hour and region. Narrow it by '
'period_started_at; the condition reaches the index.';
