create or replace function analytics.half_hourly_unit_notifications(
    first_date date, last_date date, units text[] default null
)
returns table (
    period_started_at timestamptz,
    settlement_date date,
    settlement_period integer,
    national_grid_bm_unit text,
    bm_unit text,
    notified_mwh double precision,
    known_at timestamptz
)
language sql
stable
parallel safe
as $$
    select
        (settlement_date::timestamp at time zone 'Europe/London') + (settlement_period - 1) * interval '30 minutes',
        settlement_date,
        settlement_period,
        national_grid_bm_unit,
        max(bm_unit),
        -- `daily_unit_notifications` says the same of a day: between its bends a level is a straight line.
        sum((level_from + level_to) / 2.0 * extract(epoch from time_to - time_from) / 3600)::double precision,
        max(known_at)
    from analytics.elexon_pn
    where
        settlement_date between first_date and last_date
        and (units is null or national_grid_bm_unit = any(units))
    group by settlement_date, settlement_period, national_grid_bm_unit
$$;

comment on function analytics.half_hourly_unit_notifications(date, date, text[]) is
'What units have notified that they will give (MWh, negative for what they take): the exact energy of their levels, of '
'the settlement days from one to another, both included, of all units or of those named by the grid''s names, one row '
'per half-hour and unit.';
