create or replace function analytics.half_hourly_consumption_as_known_at(known_by timestamptz)
returns table (
    period_started_at timestamptz,
    consumption_date date,
    meters integer,
    consumption_kwh numeric(12, 3),
    known_at timestamptz
)
language sql
stable
parallel safe
as $$
    select period_started_at, consumption_date, meters, consumption_kwh, known_at
    from (
        select distinct on (period_started_at) *
        from analytics.half_hourly_consumption_versions
        where known_at <= known_by
        -- Newest first, so that the primary key gives this order, read backwards.
        order by period_started_at desc, known_at desc
    ) as latest_known
    where meters > 0
$$;

comment on function analytics.half_hourly_consumption_as_known_at(timestamptz) is
'What all meters used, as it was known at an instant, one row per half-hour. Narrow it by period_started_at; the '
'condition reaches the index.';
