"""Tables of the Carbon section as they are published, with rows that nobody measured: a world that a formula makes.

The intensity swings by the hour; an issue comes every third hour, and is the worse the earlier it was issued.
"""

from datetime import datetime, timedelta

from psycopg2.extensions import cursor

FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
SHARES = ", ".join(f"{fuel}_pct" for fuel in FUELS)
_SHARES_DDL = ", ".join(f"{fuel}_pct double precision" for fuel in FUELS)
PAST, AHEAD = timedelta(days=9), timedelta(hours=48)
REGIONS = (
    *("North Scotland", "South Scotland", "North West England", "North East England", "Yorkshire"),
    *("North Wales & Merseyside", "South Wales", "West Midlands", "East Midlands", "East England"),
    *("South West England", "South England", "London", "South East England"),
    *("England", "Scotland", "Wales", "GB"),
)
TABLES = f"""
create table analytics.half_hourly_carbon_intensity (
    period_started_at timestamptz primary key, settlement_date date, settlement_period integer,
    forecast_g_per_kwh double precision, day_ahead_forecast_g_per_kwh double precision,
    first_actual_g_per_kwh double precision, actual_g_per_kwh double precision, intensity_index text,
    known_at timestamptz, version_count integer
);
create table analytics.carbon_intensity_vintages (
    version_id bigint primary key, period_started_at timestamptz, known_at timestamptz, lead_hours double precision,
    forecast_g_per_kwh double precision, actual_g_per_kwh double precision, intensity_index text, is_withdrawn boolean
);
create index on analytics.carbon_intensity_vintages (period_started_at, known_at);
create index on analytics.carbon_intensity_vintages (known_at);
create table analytics.half_hourly_regional_carbon_intensity (
    period_started_at timestamptz, region_id integer, region text, settlement_date date,
    forecast_g_per_kwh double precision, intensity_index text, {_SHARES_DDL}, known_at timestamptz,
    primary key (period_started_at, region_id)
);
create table analytics.regional_carbon_intensity_vintages (
    version_id bigint primary key, period_started_at timestamptz, region_id integer, known_at timestamptz,
    lead_hours double precision, forecast_g_per_kwh double precision, intensity_index text, {_SHARES_DDL},
    is_withdrawn boolean
);
create index on analytics.regional_carbon_intensity_vintages (region_id, period_started_at, known_at);
create table analytics.half_hourly_supply_mix (
    period_started_at timestamptz primary key, settlement_date date, settlement_period integer, {_SHARES_DDL},
    remainder_pct double precision, known_at timestamptz, version_count integer
);
create table if not exists reference.carbon_regions (
    region_id integer primary key, region text, also_spelt text, network text
);
create function analytics.carbon_intensity_as_known_at(at timestamptz)
returns table (
    period_started_at timestamptz, known_at timestamptz, lead_hours double precision,
    forecast_g_per_kwh double precision, actual_g_per_kwh double precision, intensity_index text
) language sql stable as $$
    select period_started_at, known_at, lead_hours, forecast_g_per_kwh, actual_g_per_kwh, intensity_index
    from (
        select distinct on (period_started_at) * from analytics.carbon_intensity_vintages
        where known_at <= at order by period_started_at, known_at desc
    ) as newest
    where not is_withdrawn
$$;
create function analytics.regional_carbon_intensity_as_known_at(at timestamptz)
returns table (
    period_started_at timestamptz, region_id integer, known_at timestamptz, lead_hours double precision,
    forecast_g_per_kwh double precision, intensity_index text, {_SHARES_DDL}
) language sql stable as $$
    select period_started_at, region_id, known_at, lead_hours, forecast_g_per_kwh, intensity_index, {SHARES}
    from (
        select distinct on (region_id, period_started_at) * from analytics.regional_carbon_intensity_vintages
        where known_at <= at order by region_id, period_started_at, known_at desc
    ) as newest
    where not is_withdrawn
$$;
"""
RECONCILED = """
create table analytics.carbon_source_reconciliation (
    period_started_at timestamptz primary key, settlement_date date, neso_g_per_kwh double precision,
    api_g_per_kwh double precision, computed_g_per_kwh double precision, neso_less_api_g_per_kwh double precision,
    neso_revision_g_per_kwh double precision, neso_rounding_g_per_kwh double precision,
    neso_residual_g_per_kwh double precision, computed_less_api_g_per_kwh double precision,
    import_factors_g_per_kwh double precision, computed_rounding_g_per_kwh double precision,
    computed_residual_g_per_kwh double precision
);
insert into analytics.carbon_source_reconciliation
select
    period_started_at, settlement_date, actual_g_per_kwh + neso, actual_g_per_kwh, actual_g_per_kwh + ours,
    neso, neso - 0.5 * sign(neso) - residual, 0.5 * sign(neso), residual, ours, ours - 0.25, 0.25, 0
from (
    select
        *,
        (case when extract(hour from period_started_at) < 12 then 0 else 3 end)::double precision as neso,
        2.5 + mod(settlement_period, 4)::double precision as ours,
        (case when extract(hour from period_started_at) < 12 then 0 else 1 end)::double precision as residual
    from analytics.half_hourly_carbon_intensity
    where actual_g_per_kwh is not null
) as measured;
"""
# What truly comes: from 60 at three in the morning to 180 at three in the afternoon, and 2 less each day.
_TRUE = """
    round((120 - 60 * cos(2 * pi() * (extract(hour from {at}) + extract(minute from {at}) / 60 - 3) / 24)
    - 2 * extract(day from {now} - {at}))::numeric)::double precision
"""
_INDEX = """
    case when {g} < 25 then 'very low' when {g} < 90 then 'low' when {g} < 170 then 'moderate'
    when {g} < 230 then 'high' else 'very high' end
"""
# Shares that make 100, the more gas the higher the intensity.
_MIX = "7, 0, 10, {g} / 4, 14, 2, 1, 6, 60 - {g} / 4"
_UTC = "(period_started_at at time zone 'UTC')"
ROWS = f"""
create temporary table half_hours on commit drop as
select
    period_started_at, (period_started_at at time zone 'Europe/London')::date as settlement_date,
    {_TRUE.format(at=_UTC, now="(%(now)s at time zone 'UTC')")} as true_g
from generate_series(%(first)s, %(last)s, interval '30 minutes') as period_started_at;

insert into analytics.carbon_intensity_vintages
select
    row_number() over (order by known_at, period_started_at), period_started_at, known_at,
    extract(epoch from period_started_at - known_at) / 3600,
    -- Five hours ahead it is five wrong, one way for the even days, the other way for the odd ones.
    true_g + round(extract(epoch from period_started_at - known_at) / 3600)
    * case when mod(extract(day from period_started_at)::integer, 2) = 0 then 1 else -0.5 end,
    null, 'moderate', false
from half_hours
cross join lateral generate_series(
    date_bin('3 hours', period_started_at - interval '48 hours', timestamptz '2000-01-01 00:00+00'),
    period_started_at, interval '3 hours'
) as issues (known_at)
where known_at <= %(now)s;
insert into analytics.carbon_intensity_vintages
select
    1000000 + row_number() over (order by period_started_at), period_started_at, period_started_at + interval '1 hour',
    -1, forecast_g_per_kwh, true_g, {_INDEX.format(g="true_g")}, false
from half_hours
inner join lateral (
    select forecast_g_per_kwh from analytics.carbon_intensity_vintages as vintages
    where vintages.period_started_at = half_hours.period_started_at order by known_at desc limit 1
) as newest on true
where period_started_at + interval '1 hour' <= %(now)s;

insert into analytics.half_hourly_carbon_intensity
select
    period_started_at, settlement_date,
    1 + (extract(epoch from period_started_at - (settlement_date::timestamp at time zone 'Europe/London')) / 1800)::int,
    (
        select forecast_g_per_kwh from analytics.carbon_intensity_vintages as vintages
        where vintages.period_started_at = half_hours.period_started_at and lead_hours >= 0
        order by known_at desc limit 1
    ),
    (
        select forecast_g_per_kwh from analytics.carbon_intensity_vintages as vintages
        where vintages.period_started_at = half_hours.period_started_at and lead_hours >= 24
        order by known_at desc limit 1
    ),
    actual_g, actual_g, {_INDEX.format(g="true_g")}, period_started_at, 17
from (
    select *, case when period_started_at + interval '1 hour' <= %(now)s then true_g end as actual_g from half_hours
) as half_hours;

insert into analytics.half_hourly_supply_mix
select
    period_started_at, settlement_date, settlement_period, {_MIX.format(g="actual_g_per_kwh")}, 0,
    known_at, 1
from analytics.half_hourly_carbon_intensity
where actual_g_per_kwh is not null;

insert into reference.carbon_regions (region_id, region)
select number, name from unnest(%(regions)s) with ordinality as regions (name, number)
where not exists (select from reference.carbon_regions);

-- The regions from north to south, and each issue by twelve hours; the later one foresees 10 more.
insert into analytics.regional_carbon_intensity_vintages
select
    row_number() over (order by known_at, period_started_at, region_id), period_started_at, region_id, known_at,
    extract(epoch from period_started_at - known_at) / 3600, g, {_INDEX.format(g="g")},
    {_MIX.format(g="least(g, 240)")},
    false
from half_hours
cross join lateral (
    values (period_started_at - interval '40 hours', 0), (period_started_at - interval '16 hours', 10)
) as issues (known_at, more)
cross join generate_series(1, 18) as region_id
cross join lateral (select greatest(0, true_g - 90 + 12 * region_id + more) as g) as figures
where period_started_at >= %(now)s - interval '2 days' and known_at <= %(now)s;
insert into analytics.half_hourly_regional_carbon_intensity
select
    period_started_at, region_id, region, settlement_date, forecast_g_per_kwh, intensity_index, {SHARES}, known_at
from analytics.regional_carbon_intensity_as_known_at(%(now)s)
inner join reference.carbon_regions using (region_id)
inner join half_hours using (period_started_at);
"""
READABLE = """
grant select on all tables in schema analytics
to gridloom_analyst, gridloom_screens, gridloom_explorer, gridloom_transformer;
grant select on reference.carbon_regions to gridloom_analyst, gridloom_screens, gridloom_explorer;
grant execute on all functions in schema analytics to gridloom_analyst, gridloom_screens;
"""


def publish(owner: cursor, now: datetime, *, is_reconciled: bool = True) -> None:
    """Publish what is known of nine days before a half-hour begins, `now` (its start), and of the 48 hours after."""
    owner.execute(TABLES)
    values = {"now": now, "first": now - PAST, "last": now + AHEAD - timedelta(minutes=30), "regions": list(REGIONS)}
    owner.execute(ROWS, values)
    if is_reconciled:
        owner.execute(RECONCILED)
    owner.execute(READABLE)
