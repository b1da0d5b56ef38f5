-- The days that pending half-hours belong to; read by day, which the index serves.
with pending as (select * from {{ ref('stg_neso__pending_half_hours') }}),

half_hours as (select * from {{ ref('half_hourly_generation_mix') }}),

days as (select * from {{ ref('daily_generation_mix') }}),

of_half_hours as (
    select
        settlement_date,
        fuel_code,
        count(*) as half_hours,
        sum(energy_mwh) as energy_mwh
    from half_hours
    where settlement_date = any(array(select distinct {{ settlement_date('pending.period_started_at') }} from pending))
    group by settlement_date, fuel_code
),

of_days as (
    select * from days
    where settlement_date = any(array(select distinct {{ settlement_date('pending.period_started_at') }} from pending))
)

select
    of_half_hours.energy_mwh as half_hours_energy_mwh,
    of_days.energy_mwh as day_energy_mwh,
    coalesce(of_half_hours.settlement_date, of_days.settlement_date) as settlement_date,
    coalesce(of_half_hours.fuel_code, of_days.fuel_code) as fuel_code
from of_half_hours
full outer join of_days
    on of_half_hours.settlement_date = of_days.settlement_date and of_half_hours.fuel_code = of_days.fuel_code
where
    of_half_hours.half_hours is distinct from of_days.half_hours
    or abs(of_half_hours.energy_mwh - of_days.energy_mwh) > 0.001
