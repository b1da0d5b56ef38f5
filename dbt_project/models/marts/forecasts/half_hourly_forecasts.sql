{{ config(
    indexes=[{'columns': ['origin_at', 'target']}],
    pre_hook="{{ delete_appended('forecasts') }}",
    meta={'publish': 'appended', 'dataset': 'forecasts'}
) }}

with forecasts as (
    select * from {{ source('forecasts', 'forecasts') }}
    {{ where_appended('forecasts') }}
)

select
    forecasts.version_id,
    forecasts.origin_at,
    forecasts.target,
    forecasts.model,
    forecasts.model_version,
    forecasts.period_started_at,
    {{ hours_ahead('forecasts.period_started_at', 'forecasts.origin_at') }} as lead_hours,
    forecasts.quantile_10,
    forecasts.quantile_50,
    forecasts.quantile_90,
    (newest_input.told ->> 'known_at')::timestamptz as input_known_at,
    (newest_input.told ->> 'ended_at')::timestamptz as input_ended_at,
    forecasts.known_at
from forecasts
cross join lateral (
    select value as told
    from jsonb_each(forecasts.inputs)
    -- The one that was known last: a forecast of several inputs is as new as the newest of them.
    order by value ->> 'known_at' desc
    limit 1
) as newest_input
