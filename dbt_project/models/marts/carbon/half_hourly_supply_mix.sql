{{ config(
    tags=['carbon_intensity'],
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('stg_carbon_intensity__pending_mixes')) }}",
    meta={'publish': 'pending', 'pending': 'stg_carbon_intensity__pending_mixes', 'pending_key': 'period_started_at'}
) }}

with versions as (
    select * from {{ ref('stg_carbon_intensity__mix_versions') }}
    {{ where_pending(ref('stg_carbon_intensity__pending_mixes')) }}
),

latest as ({{ latest_versions('versions') }})

select
    period_started_at,
    settlement_date,
    settlement_period,
    {{ carbon_mix() }},
    -- Shares are published to 0.1, so that what is finer is no remainder.
    round(
        100 - (
            {% for fuel in carbon_fuels() -%}
                {{ '+ ' if not loop.first }}{{ fuel }}_pct::numeric
            {% endfor %}
        ),
        1
    )::double precision as remainder_pct,
    known_at,
    version_count
from latest
