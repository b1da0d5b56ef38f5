with demand as (select * from {{ source('elexon', 'elexon_ndf') }}),

wind as (select * from {{ source('elexon', 'elexon_windfor') }}),

intensity as (select * from {{ source('carbon_intensity', 'carbon_intensity_national') }})

select
    'demand' as target,
    start_time as period_started_at,
    publish_time as published_at,
    demand::double precision as forecast,
    version_id
from demand
where boundary = 'N' and demand is not null and version_id <= {{ built_until('elexon_ndf', 'forecasts') }}
union all
-- It tells of hours, each by the half-hour that begins it.
select
    'wind' as target,
    start_time as period_started_at,
    publish_time as published_at,
    generation::double precision as forecast,
    version_id
from wind
where generation is not null and version_id <= {{ built_until('elexon_windfor', 'forecasts') }}
union all
-- The API does not say when it issued a forecast.
select
    'carbon' as target,
    period_started_at,
    known_at as published_at,
    (payload ->> 'intensity.forecast')::double precision as forecast,
    version_id
from intensity
where
    payload ->> 'intensity.forecast' is not null
    and version_id <= {{ built_until('carbon_intensity_national', 'forecasts') }}
