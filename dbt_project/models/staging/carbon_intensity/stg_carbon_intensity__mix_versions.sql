with built as (
    {{ built_versions(
        source('carbon_intensity', 'carbon_intensity_generation'), 'carbon_intensity_generation', 'carbon_intensity'
    ) }}
)

select
    period_started_at,
    version_id,
    row_number() over (partition by period_started_at order by version_id)::integer as version_number,
    known_at,
    {{ settlement_date('period_started_at') }} as settlement_date,
    {{ settlement_period('period_started_at') }} as settlement_period,
    {{ for_each(carbon_fuels(), "(payload ->> 'generationmix.?')::double precision as ?_pct") }},
    content_hash is null as is_withdrawn
from built
