"""Tables that are made of Elexon's reports as they are published, with rows that nobody measured: a formula makes them.

Their columns, keys and indexes are those of the marts' contracts. Three days end with a half-hour's end, `now`.
"""

from collections.abc import Iterable
from datetime import datetime

from psycopg2.extensions import cursor

from tests.marts import made_as_its_contract_says

# Nobody announced it.
UNKNOWN = "INTNEW"
POWER_MW = {
    **{"NUCLEAR": 4000, "BIOMASS": 2000, "WIND": 8000, "NPSHYD": 300, "PS": -600, "CCGT": 9000, "OCGT": 10},
    **{"COAL": 0, "OIL": 0, "OTHER": 200},
    **{"INTFR": 1500, "INTIFA2": 900, "INTELEC": 2400, "INTNEM": 500, "INTNED": 0, "INTVKL": 1200, "INTNSL": 1300},
    **{"INTIRL": -450, "INTEW": -200, "INTGRNL": -100, UNKNOWN: 120},
}
# What is said to flow is more than it can carry.
SUSPECT = "INTELEC"
_POWER = ", ".join(
    f"('{code}', {power}::double precision, {code != UNKNOWN}, {code == SUSPECT})" for code, power in POWER_MW.items()
)
_HALF_HOURS = """
create temporary table half_hours on commit drop as
select
    period_started_at,
    settlement_date,
    1 + (extract(epoch from period_started_at - (settlement_date::timestamp at time zone 'Europe/London')) / 1800)::int
        as settlement_period,
    period_started_at < %(now)s as is_past
from (
    select period_started_at, (period_started_at at time zone 'Europe/London')::date as settlement_date
    from generate_series(%(now)s - interval '3 days', %(now)s + interval '1 day', interval '30 minutes')
        as period_started_at
) as dated;
"""
_FUELS = f"""
insert into analytics.five_minute_generation
select started_at, code, power_mw, is_known, is_suspect, started_at, started_at
from generate_series(%(now)s - interval '1 day', %(now)s - interval '5 minutes', interval '5 minutes') as started_at
cross join (values {_POWER}) as powers (code, power_mw, is_known, is_suspect);

-- Wind grows by 10 MW with every half-hour of a day.
insert into analytics.half_hourly_fuel_generation
select
    period_started_at, settlement_date, settlement_period, code,
    power_mw + case when code = 'WIND' then 10 * settlement_period else 0 end,
    is_known, is_suspect, period_started_at, period_started_at
from half_hours
cross join (values {_POWER}) as powers (code, power_mw, is_known, is_suspect)
where is_past and not starts_with(code, 'INT');

insert into analytics.daily_generation_incidents
select
    (%(now)s - interval '5 minutes') at time zone 'Europe/London', incident, concerns,
    %(now)s - interval '1 hour', %(now)s - interval '30 minutes', 2, worst, false
from (
    values ('failover', 'all', null::double precision), ('flow above capacity', '{SUSPECT}', 2400),
    ('unknown cable', '{UNKNOWN}', 120)
) as struck (incident, concerns, worst);
"""
_SYSTEM = f"""
-- One minute of the last hour is not there, and another one goes below what is meant to be kept.
insert into analytics.minute_frequency
select
    started_at, 4, 50 + extract(minute from started_at) / 1000,
    case when started_at = %(now)s - interval '20 minutes' then 49.75 else 49.98 end, 50.08, 0, 0, started_at
from generate_series(%(now)s - interval '2 hours', %(now)s - interval '1 minute', interval '1 minute') as started_at
where started_at <> %(now)s - interval '10 minutes';

insert into analytics.half_hourly_demand
select
    period_started_at, settlement_date, settlement_period, 30000 + 100 * settlement_period,
    31000 + 100 * settlement_period, period_started_at, period_started_at
from half_hours
where is_past;

-- What is foreseen is the more above demand the earlier, and the more below the wind.
insert into analytics.half_hourly_demand_forecasts
select
    period_started_at - lead_hours * interval '1 hour', period_started_at, boundary, settlement_date,
    settlement_period, lead_hours, 30000 + 100 * settlement_period + 10 * lead_hours, period_started_at
from half_hours
cross join (values (-1), (1), (6), (24)) as leads (lead_hours)
cross join (values ('N'), ('B1')) as boundaries (boundary)
where period_started_at - lead_hours * interval '1 hour' <= %(now)s;

insert into analytics.half_hourly_wind_forecasts
select
    period_started_at - lead_hours * interval '1 hour', period_started_at, settlement_date, settlement_period,
    lead_hours, 8000 + 10 * settlement_period - 20 * lead_hours, period_started_at
from half_hours
cross join (values (2), (8), (24)) as leads (lead_hours)
where extract(minute from period_started_at) = 0 and period_started_at - lead_hours * interval '1 hour' <= %(now)s;

-- The newest half-hour is not settled yet.
insert into analytics.half_hourly_prices
select
    period_started_at, settlement_date, settlement_period,
    case when period_started_at < %(now)s - interval '30 minutes' then 80 + settlement_period end,
    75, case when period_started_at < %(now)s - interval '30 minutes' then 10 * (settlement_period - 24) end,
    1000, 'P', period_started_at, period_started_at
from half_hours
where is_past;

insert into analytics.grid_now
select
    quantity, 'system', null, initcap(quantity), row_number() over (), value, unit, as_of_at,
    (as_of_at at time zone 'Europe/London')::date, 7, minutes, quantity = 'net imports'
from (
    values ('frequency', 50.012, 'Hz', %(now)s - interval '1 minute', 1),
    ('generation', 22910, 'MW', %(now)s - interval '5 minutes', 5),
    ('net imports', 7170, 'MW', %(now)s - interval '5 minutes', 5),
    ('demand', 31234, 'MW', %(now)s - interval '30 minutes', 30),
    ('system price', 104.5, 'GBP/MWh', %(now)s - interval '60 minutes', 30),
    ('net imbalance volume', -120, 'MWh', %(now)s - interval '60 minutes', 30),
    ('market index price', 75, 'GBP/MWh', %(now)s - interval '30 minutes', 30)
) as told (quantity, value, unit, as_of_at, minutes);
insert into analytics.grid_now
select
    'flow ' || code, 'interconnectors', code, code, 200 + row_number() over (), power_mw, 'MW',
    %(now)s - interval '5 minutes', (%(now)s at time zone 'Europe/London')::date, 7, 5, is_suspect
from (values {_POWER}) as powers (code, power_mw, is_known, is_suspect)
where starts_with(code, 'INT') and code <> 'INTNED';
"""
# Of every half-hour one unit gives more, one gives less for the network's sake, and one has no price.
_UNITS = """
insert into analytics.balancing_units
    (national_grid_bm_unit, bm_unit, name, fuel_type, generation_capacity_mw, known_at)
values ('GAS-1', 'T_GAS-1', 'Gasworks', 'CCGT', 400, %(now)s), ('WINDY-1', 'T_WINDY-1', null, 'WIND', 200, %(now)s),
    ('STORE-1', 'E_STORE-1', 'Batteries', null, 50, %(now)s);

insert into analytics.daily_unit_notifications
select settlement_date, unit, 'T_' || unit, notified_mwh, least(notified_mwh, 0), notified_mwh / 20, 0, 48, %(now)s
from (select distinct settlement_date from half_hours where is_past) as days
cross join (values ('GAS-1', 5000), ('WINDY-1', 3000), ('LOAD-1', -100)) as notified (unit, notified_mwh);

insert into analytics.half_hourly_balancing_actions
select
    period_started_at, settlement_date, settlement_period, unit, bm_unit, settlement_period, period_started_at, pair,
    direction, volume_mwh, price, volume_mwh * price, is_system_action, period_started_at
from half_hours
cross join (
    values ('GAS-1', 'T_GAS-1', 1, 'offer', 10, 100::double precision, false),
    ('WINDY-1', 'T_WINDY-1', -1, 'bid', -4, 20, true), ('STORE-1', 'E_STORE-1', 0, 'offer', 1, null, false)
) as asked (unit, bm_unit, pair, direction, volume_mwh, price, is_system_action)
where is_past;
"""
# Of wind 10 MW are left, and 130 in the tenth half-hour of a day, in which Elexon's figure is suspect.
_RECONCILED = """
insert into analytics.source_reconciliation
select
    period_started_at, settlement_date, fuel_code, neso_mw, elexon_mw,
    coalesce(neso_mw, 0) - coalesce(elexon_mw, 0), embedded_mw, pumping_mw, exports_mw,
    coalesce(neso_mw, 0) - coalesce(elexon_mw, 0) - embedded_mw - pumping_mw - exports_mw,
    fuel_code = 'wind' and settlement_period = 10
from half_hours
cross join lateral (
    values ('gas', 9010, 9010, 0, 0, 0),
    ('wind', 8010 + case when settlement_period = 10 then 120 else 0 end, 8000, 0, 0, 0),
    ('embedded_wind', 900, null, 900, 0, 0), ('storage', 0, -600, 0, 600, 0), ('imports', 7800, 7050, 0, 0, 750),
    ('unknown', null, 120, 0, 0, 0)
) as told (fuel_code, neso_mw, elexon_mw, embedded_mw, pumping_mw, exports_mw)
where is_past;
"""
_READABLE = """
grant select on all tables in schema analytics
to gridloom_analyst, gridloom_screens, gridloom_explorer, gridloom_transformer;
"""
TABLES = (
    *("five_minute_generation", "half_hourly_fuel_generation", "daily_generation_incidents", "minute_frequency"),
    *("half_hourly_demand", "half_hourly_demand_forecasts", "half_hourly_wind_forecasts", "half_hourly_prices"),
    *("grid_now", "balancing_units", "daily_unit_notifications", "half_hourly_balancing_actions"),
    "source_reconciliation",
)


def publish(owner: cursor, now: datetime, *, without: Iterable[str] = ()) -> None:
    """Publish what is known at the end of a half-hour, `now`; the tables `without` are not there."""
    owner.execute("".join(made_as_its_contract_says(table) for table in TABLES))
    owner.execute(_HALF_HOURS + _FUELS + _SYSTEM + _UNITS + _RECONCILED, {"now": now})
    for table in without:
        owner.execute(f"drop table analytics.{table}")
    owner.execute(_READABLE)
