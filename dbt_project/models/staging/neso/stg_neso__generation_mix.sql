with versions as (select * from {{ ref('stg_neso__generation_mix_versions') }}),

latest as ({{ latest_versions('versions') }})

select * from latest
