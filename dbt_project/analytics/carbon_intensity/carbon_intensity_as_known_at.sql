create or replace function analytics.carbon_intensity_as_known_at(known_by timestamptz)
returns table (
    period_started_at timestamptz,
    known_at timestamptz,
    lead_hours double precision,
    forecast_g_per_kwh double precision,
    actual_g_per_kwh double precision,
    intensity_index text
)
language sql
stable
parallel safe
as $$
    select period_started_at, known_at, lead_hours, forecast_g_per_kwh, actual_g_per_kwh, intensity_index
    from (
        select distinct on (period_started_at) *
        from analytics.carbon_intensity_vintages
        where known_at <= known_by
        -- Newest first, so that the index on (period_started_at, known_at) gives this order, read backwards.
        order by period_started_at desc, known_at desc
    ) as latest_known
    where not is_withdrawn
$$;

comment on function analytics.carbon_intensity_as_known_at(timestamptz) is
'Carbon intensity of Great Britain as it was known at an instant: forecasts for what was to come, actuals for what was '
'measured by then, one row per half-hour. Narrow it by period_started_at; the condition reaches the index.';
