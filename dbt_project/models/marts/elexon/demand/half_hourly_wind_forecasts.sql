{{ config(
    indexes=[{'columns': ['period_started_at', 'published_at']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_wind_forecasts'), 'published_at') }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_wind_forecasts', 'pending_key': 'published_at'}
) }}

with forecasts as (
    select * from {{ ref('stg_elexon__windfor') }}
    {{ where_pending(ref('int_elexon__pending_wind_forecasts'), 'published_at', column='publish_time') }}
)

select
    publish_time as published_at,
    start_time as period_started_at,
    {{ settlement_date('start_time') }} as settlement_date,
    {{ settlement_period('start_time') }} as settlement_period,
    {{ hours_ahead('start_time', 'publish_time') }} as lead_hours,
    generation::double precision as forecast_wind_mw,
    known_at
from forecasts
