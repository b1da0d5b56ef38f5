-- What each target is. A half-hour that is withdrawn, or not measured yet, has no actual.
with demand as (select * from {{ source('elexon', 'elexon_indo') }}),

fuels as (select * from {{ source('elexon', 'elexon_fuelhh') }}),

mix as (select * from {{ source('neso', 'neso_generation_mix') }}),

intensity as (select * from {{ source('carbon_intensity', 'carbon_intensity_national') }})

select
    'demand' as target,
    'elexon_indo' as dataset,
    start_time as period_started_at,
    demand::double precision as actual,
    version_id,
    known_at
from demand
union all
select
    'wind' as target,
    'elexon_fuelhh' as dataset,
    start_time as period_started_at,
    generation::double precision as actual,
    version_id,
    known_at
from fuels
where fuel_type = 'WIND'
union all
select
    'gas' as target,
    'elexon_fuelhh' as dataset,
    start_time as period_started_at,
    generation::double precision as actual,
    version_id,
    known_at
from fuels
where fuel_type = 'CCGT'
union all
select
    'solar' as target,
    'neso_generation_mix' as dataset,
    period_started_at,
    {{ neso_number('SOLAR') }} as actual,
    version_id,
    known_at
from mix
union all
select
    'carbon' as target,
    'carbon_intensity_national' as dataset,
    period_started_at,
    (payload ->> 'intensity.actual')::double precision as actual,
    version_id,
    known_at
from intensity
