{{ config(tags=['carbon_intensity'], materialized='table', meta={'publish': 'whole'}) }}

with versions as (select * from {{ ref('stg_carbon_intensity__factor_versions') }})

select
    fuel,
    version_id,
    factor_g_per_kwh,
    known_at,
    superseded_at
from versions
where not is_withdrawn
