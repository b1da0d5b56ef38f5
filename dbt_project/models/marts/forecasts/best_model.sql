{{ config(materialized='table', meta={'publish': 'whole'}) }}

with skill as (select * from {{ ref('forecast_skill') }})

select distinct on (target)
    target,
    model,
    mae,
    skill,
    half_hours
from skill
where lead_bucket = 'all' and half_hours > 0
-- The simpler one where two are as good.
order by target, mae, model
